#pragma once
#include <sodium.h>
#include <stdbool.h>
#include <string.h>

// What Swift cannot say itself, in two kinds: crypto_generichash_state is not imported, being aligned to 64 bytes;
// and libsodium declares pointers as never null, while the address of one of Swift's buffers is optional. None of
// these functions dereferences a null pointer when the count beside it is 0.

static inline void random_fill(void *bytes, size_t count) { randombytes_buf(bytes, count); }

/// One of the byte ranges that are hashed as one message.
typedef struct {
  const void *start;
  size_t count;
} blake2b_piece;

/// Random bytes that are no secret, expanded from a seed that the system draws: for many bytes the system is slow.
static inline void random_fill_many(void *bytes, size_t count) {
  unsigned char seed[randombytes_SEEDBYTES];
  randombytes_buf(seed, sizeof seed);
  randombytes_buf_deterministic(bytes, count, seed);
  sodium_memzero(seed, sizeof seed);
}

/// A BLAKE2b-256 state that has taken in the key; `state` has crypto_generichash_statebytes() bytes, aligned to 64.
static inline void blake2b_key(void *state, const void *key, size_t key_count) {
  crypto_generichash_init(
    (crypto_generichash_state *)state, (const unsigned char *)key, key_count, crypto_generichash_BYTES);
}

/// The digest (32 bytes) of the pieces as one message, from a copy of `keyed`, which stays as it is.
static inline void blake2b_digest(
  const void *keyed, const blake2b_piece *pieces, size_t piece_count, void *digest) {
  crypto_generichash_state state;
  memcpy(&state, keyed, sizeof state);
  for (size_t i = 0; i < piece_count; i++) {
    crypto_generichash_update(&state, (const unsigned char *)pieces[i].start, pieces[i].count);
  }
  crypto_generichash_final(&state, (unsigned char *)digest, crypto_generichash_BYTES);
  sodium_memzero(&state, sizeof state);
}

/// The digest (32 bytes) of a message, without a key.
static inline void blake2b_hash(const void *message, size_t count, void *digest) {
  crypto_generichash(
    (unsigned char *)digest, crypto_generichash_BYTES, (const unsigned char *)message, count, NULL, 0);
}

/// A subkey of 32 bytes; `context` has 8 characters.
static inline void kdf_derive(void *subkey, uint64_t number, const char *context, const void *master) {
  crypto_kdf_derive_from_key(
    (unsigned char *)subkey, 32, number, context, (const unsigned char *)master);
}

/// Ciphertext and tag, `count` + 16 bytes, to `sealed`.
static inline void xchacha20poly1305_seal(
  void *sealed, const void *plaintext, size_t count, const void *associated, size_t associated_count,
  const void *nonce, const void *key) {
  crypto_aead_xchacha20poly1305_ietf_encrypt(
    (unsigned char *)sealed, NULL, (const unsigned char *)plaintext, count, (const unsigned char *)associated,
    associated_count, NULL, (const unsigned char *)nonce, (const unsigned char *)key);
}

/// The plaintext, `count` - 16 bytes, of ciphertext and tag; false, and nothing written, where the tag does not fit.
static inline bool xchacha20poly1305_open(
  void *plaintext, const void *sealed, size_t count, const void *associated, size_t associated_count,
  const void *nonce, const void *key) {
  return crypto_aead_xchacha20poly1305_ietf_decrypt(
           (unsigned char *)plaintext, NULL, NULL, (const unsigned char *)sealed, count,
           (const unsigned char *)associated, associated_count, (const unsigned char *)nonce,
           (const unsigned char *)key)
    == 0;
}

/// Base64 (RFC 4648, with padding) and a terminating 0; `text_size` has room for both.
static inline void base64_encode(void *text, size_t text_size, const void *bytes, size_t count) {
  sodium_bin2base64(
    (char *)text, text_size, (const unsigned char *)bytes, count, sodium_base64_VARIANT_ORIGINAL);
}

/// True if the ASCII text is base64 (RFC 4648, with padding) of `capacity` bytes at most; `count` tells how many.
/// Characters of `ignored` are passed over.
static inline bool base64_decode(
  void *bytes, size_t capacity, const void *text, size_t text_count, const char *ignored, size_t *count) {
  return sodium_base642bin(
           (unsigned char *)bytes, capacity, (const char *)text, text_count, ignored, count, NULL,
           sodium_base64_VARIANT_ORIGINAL)
    == 0;
}

/// 32 bytes of Argon2id (version 1.3) with one lane; false where there is no memory for it.
static inline bool argon2id(
  void *key, const void *passphrase, size_t count, const void *salt, uint64_t passes, size_t memory) {
  return crypto_pwhash(
           (unsigned char *)key, 32, (const char *)passphrase, count, (const unsigned char *)salt, passes, memory,
           crypto_pwhash_ALG_ARGON2ID13)
    == 0;
}
