#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

// Functions that examine many bytes of text at once. They compare vectors and convert the results to masks with one bit
// per byte, which Swift's own vectors cannot do. The compiler selects the vector instructions that the processor has.

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

/// Masks of the characters that frame JSON, in 64 bytes of text. The lowest bit of a mask is the first byte.
typedef struct {
  /// The double quotes.
  uint64_t quotes;
  /// The square brackets and braces, both opening and closing.
  uint64_t brackets;
  /// The backslashes and newlines, which a string without escapes does not contain.
  uint64_t breaks;
} text_block;

/// Returns the masks of 64 bytes of text.
static inline text_block text_look(const void *text) {
  text_vector64 bytes;
  memcpy(&bytes, text, sizeof bytes);
  // In ASCII, '[' and '{' differ in one bit, and so do ']' and '}'.
  text_vector64 folded = bytes | 0x20;
  return (text_block){
    .quotes = text_mask64(bytes == '"'),
    .brackets = text_mask64((folded == '{') | (folded == '}')),
    .breaks = text_mask64((bytes == '\\') | (bytes == '\n')),
  };
}

/// Masks of the special bytes in 16 bytes of a JSON string.
typedef struct {
  /// The quotes, backslashes and control characters.
  uint32_t stops;
  /// The bytes that are not ASCII.
  uint32_t high;
} string_block;

/// Copies 16 bytes of text and returns their masks.
static inline string_block string_copy(void *to, const void *text) {
  text_vector16 bytes;
  memcpy(&bytes, text, sizeof bytes);
  memcpy(to, &bytes, sizeof bytes);
  return (string_block){
    .stops = text_mask16((bytes == '"') | (bytes == '\\') | (bytes < 0x20)),
    .high = text_mask16(bytes >= 0x80),
  };
}

/// Copies 32 bytes of text. Returns a mask of the bytes that differ from those of `other`.
static inline uint32_t text_copy_differences(void *to, const void *text, const void *other) {
  text_vector16 bytes[2], wanted[2];
  memcpy(bytes, text, sizeof bytes);
  memcpy(wanted, other, sizeof wanted);
  memcpy(to, bytes, sizeof bytes);
  return text_mask16(bytes[0] != wanted[0]) | (uint32_t)text_mask16(bytes[1] != wanted[1]) << 16;
}
