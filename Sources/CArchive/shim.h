#pragma once
#include <archive.h>
#include <archive_entry.h>
// libarchive 3.6 decompresses gzip without checking its CRC-32 or the bytes that follow a member. zlib, which
// libarchive uses, checks the CRC-32 and reports where those bytes begin.
#include <zlib.h>
