#pragma once
#include <sodium.h>
#include <stdbool.h>
#include <string.h>

// What Swift cannot say itself, in two kinds: crypto_generichash_state is not imported, being aligned to 64 bytes;
// and libsodium declares pointers as never null, while the address of one of Swift's buffers is optional. None of
// these functions dereferences a null pointer when the count beside it is 0.

static inline void random_fill(void *bytes, size_t count) { randombytes_buf(bytes, count); }

/// Random bytes that need not be secret, expanded from a seed that the system draws: for many bytes the system is slow.
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

/// The digest (32 bytes) of a message, from a copy of `keyed`, which stays as it is.
static inline void blake2b_digest(const void *keyed, const void *message, size_t count, void *digest) {
  crypto_generichash_state state;
  memcpy(&state, keyed, sizeof state);
  crypto_generichash_update(&state, (const unsigned char *)message, count);
  crypto_generichash_final(&state, (unsigned char *)digest, crypto_generichash_BYTES);
  sodium_memzero(&state, sizeof state);
}

enum { record_message_count = 4 + 8 + crypto_onetimeauth_BYTES };

static inline void store_little_endian(unsigned char *bytes, size_t count, uint64_t number) {
  for (size_t i = 0; i < count; i++) bytes[i] = (unsigned char)(number >> (8 * i));
}

/// What the digest of a record hashes, record_message_count bytes: version, length, and the record's Poly1305 tag.
static inline void record_message(
  int32_t version, const void *record, size_t count, const void *key, void *message) {
  unsigned char *bytes = (unsigned char *)message;
  store_little_endian(bytes, 4, (uint32_t)version);
  store_little_endian(bytes + 4, 8, count);
  crypto_onetimeauth(bytes + 12, (const unsigned char *)record, count, (const unsigned char *)key);
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

/// The key that XChaCha20 derives from `key` and the first 16 bytes of a nonce.
static inline void hchacha20(void *subkey, const void *nonce, const void *key) {
  crypto_core_hchacha20(
    (unsigned char *)subkey, (const unsigned char *)nonce, (const unsigned char *)key, NULL);
}

/// The same ciphertext and tag as `xchacha20poly1305_seal`, where `hchacha20` has made the subkey from the key and the
/// first 16 bytes of the nonce (draft-irtf-cfrg-xchacha, section 2.3).
static inline void xchacha20poly1305_seal_derived(
  void *sealed, const void *plaintext, size_t count, const void *associated, size_t associated_count,
  const void *nonce, const void *subkey) {
  unsigned char rest[crypto_aead_chacha20poly1305_ietf_NPUBBYTES] = {0};
  memcpy(rest + 4, (const unsigned char *)nonce + 16, 8);
  crypto_aead_chacha20poly1305_ietf_encrypt(
    (unsigned char *)sealed, NULL, (const unsigned char *)plaintext, count, (const unsigned char *)associated,
    associated_count, NULL, rest, (const unsigned char *)subkey);
}

/// Adds 1 to the last 8 bytes of a nonce of 24, read as a little-endian number.
static inline void nonce_increment(void *nonce) {
  sodium_increment((unsigned char *)nonce + 16, 8);
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

/// Base64 (RFC 4648, with padding) and a terminating 0; `text_size` is enough for both.
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
