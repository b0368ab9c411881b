#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

// Looks at many bytes of text at once: vectors whose comparisons become masks, one bit a byte, which Swift's own cannot.
// The compiler makes of them what the processor has.

typedef unsigned char text_vector64 __attribute__((ext_vector_type(64)));
typedef unsigned char text_vector16 __attribute__((ext_vector_type(16)));
typedef bool text_flags64 __attribute__((ext_vector_type(64)));
typedef bool text_flags16 __attribute__((ext_vector_type(16)));

#define text_mask64(comparison)                                             \
  ({                                                                        \
    text_flags64 flags = __builtin_convertvector(comparison, text_flags64); \
    uint64_t mask;                                                          \
    memcpy(&mask, &flags, sizeof mask);                                     \
    mask;                                                                   \
  })

#define text_mask16(comparison)                                             \
  ({                                                                        \
    text_flags16 flags = __builtin_convertvector(comparison, text_flags16); \
    uint16_t mask;                                                          \
    memcpy(&mask, &flags, sizeof mask);                                     \
    mask;                                                                   \
  })

/// Where in 64 bytes of JSON text the characters stand that frame it; the lowest bit is the first byte.
typedef struct {
  uint64_t quotes;
  /// Square ones and braces, of either direction.
  uint64_t brackets;
  /// Backslashes and newlines, which no plain string has.
  uint64_t breaks;
} text_block;

static inline text_block text_look(const void *text) {
  text_vector64 bytes;
  memcpy(&bytes, text, sizeof bytes);
  // '[' and '{', ']' and '}' differ in one bit.
  text_vector64 folded = bytes | 0x20;
  return (text_block){
    .quotes = text_mask64(bytes == '"'),
    .brackets = text_mask64((folded == '{') | (folded == '}')),
    .breaks = text_mask64((bytes == '\\') | (bytes == '\n')),
  };
}

/// The contents of 16 bytes of a JSON string.
typedef struct {
  /// Quotes, backslashes, and control characters.
  uint32_t stops;
  /// Bytes that are not ASCII.
  uint32_t high;
} string_block;

/// Copies 16 bytes and looks at them.
static inline string_block string_copy(void *to, const void *text) {
  text_vector16 bytes;
  memcpy(&bytes, text, sizeof bytes);
  memcpy(to, &bytes, sizeof bytes);
  return (string_block){
    .stops = text_mask16((bytes == '"') | (bytes == '\\') | (bytes < 0x20)),
    .high = text_mask16(bytes >= 0x80),
  };
}

/// Copies 32 bytes of text; which of them are not those of `other`, a bit each.
static inline uint32_t text_copy_differences(void *to, const void *text, const void *other) {
  text_vector16 bytes[2], wanted[2];
  memcpy(bytes, text, sizeof bytes);
  memcpy(wanted, other, sizeof wanted);
  memcpy(to, bytes, sizeof bytes);
  return text_mask16(bytes[0] != wanted[0]) | (uint32_t)text_mask16(bytes[1] != wanted[1]) << 16;
}
