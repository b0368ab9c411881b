#pragma once
#include <archive.h>
#include <archive_entry.h>
// libarchive 3.6 inflates gzip without looking at its CRC-32 or at what follows a member; zlib, which it uses,
// checks the first and reports where the second begins.
#include <zlib.h>
