#pragma once

/// Starts libmongoc. Call it once, before anything of libmongoc's that connects.
void driver_start(void);
