#pragma once
// Nothing to call: see getenv.c.
