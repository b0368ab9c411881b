#pragma once

/// Starts libmongoc. Call it once, before any function of libmongoc that connects.
void driver_start(void);
