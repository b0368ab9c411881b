#pragma once

static inline int planted_byte(const unsigned char *bytes, int place) { return bytes[place]; }

static inline int planted_shift(int places) { return 1 << places; }

static inline void planted_step(int *count) { ++*count; }
