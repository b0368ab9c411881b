#pragma once
#include <sodium.h>
#include <stdbool.h>
#include <string.h>
#include <sys/vfs.h>

// Functions that call libsodium where Swift cannot, for two reasons. Swift does not import crypto_generichash_state,
// which is aligned to 64 bytes. And libsodium declares its pointers as never null, while the address of a Swift buffer
// is optional; none of these functions dereferences a null pointer whose count is 0.

/// Fills memory with random bytes.
static inline void random_fill(void *bytes, size_t count) { randombytes_buf(bytes, count); }

/// Fills memory with random bytes that need not be secret. They are expanded from a seed of the system's random
/// generator, which is slow for many bytes.
static inline void random_fill_many(void *bytes, size_t count) {
  unsigned char seed[randombytes_SEEDBYTES];
  randombytes_buf(seed, sizeof seed);
  randombytes_buf_deterministic(bytes, count, seed);
  sodium_memzero(seed, sizeof seed);
}

/// Initializes a BLAKE2b-256 state with a key. `state` has crypto_generichash_statebytes() bytes, aligned to 64.
static inline void blake2b_key(void *state, const void *key, size_t key_count) {
  crypto_generichash_init(
    (crypto_generichash_state *)state, (const unsigned char *)key, key_count, crypto_generichash_BYTES);
}

/// Writes the digest (32 bytes) of a message under the key of the state `keyed`, which is not changed.
static inline void blake2b_digest(const void *keyed, const void *message, size_t count, void *digest) {
  crypto_generichash_state state;
  memcpy(&state, keyed, sizeof state);
  crypto_generichash_update(&state, (const unsigned char *)message, count);
  crypto_generichash_final(&state, (unsigned char *)digest, crypto_generichash_BYTES);
  sodium_memzero(&state, sizeof state);
}

enum { record_message_count = 4 + 8 + crypto_onetimeauth_BYTES };

/// Stores a number in `count` bytes, in little-endian order.
static inline void store_little_endian(unsigned char *bytes, size_t count, uint64_t number) {
  for (size_t i = 0; i < count; i++) bytes[i] = (unsigned char)(number >> (8 * i));
}

/// Writes the bytes from which the digest of a record is computed (record_message_count bytes): the version, the
/// length, and the Poly1305 tag of the record.
static inline void record_message(
  int32_t version, const void *record, size_t count, const void *key, void *message) {
  unsigned char *bytes = (unsigned char *)message;
  store_little_endian(bytes, 4, (uint32_t)version);
  store_little_endian(bytes + 4, 8, count);
  crypto_onetimeauth(bytes + 12, (const unsigned char *)record, count, (const unsigned char *)key);
}

/// Writes the digest (32 bytes) of a message, without a key.
static inline void blake2b_hash(const void *message, size_t count, void *digest) {
  crypto_generichash(
    (unsigned char *)digest, crypto_generichash_BYTES, (const unsigned char *)message, count, NULL, 0);
}

/// Writes a subkey of 32 bytes. `context` has 8 characters.
static inline void kdf_derive(void *subkey, uint64_t number, const char *context, const void *master) {
  crypto_kdf_derive_from_key(
    (unsigned char *)subkey, 32, number, context, (const unsigned char *)master);
}

/// Encrypts `count` bytes. Writes the ciphertext and the tag, together `count` + 16 bytes, to `sealed`.
static inline void xchacha20poly1305_seal(
  void *sealed, const void *plaintext, size_t count, const void *associated, size_t associated_count,
  const void *nonce, const void *key) {
  crypto_aead_xchacha20poly1305_ietf_encrypt(
    (unsigned char *)sealed, NULL, (const unsigned char *)plaintext, count, (const unsigned char *)associated,
    associated_count, NULL, (const unsigned char *)nonce, (const unsigned char *)key);
}

/// Writes the key that XChaCha20 derives from `key` and the first 16 bytes of a nonce.
static inline void hchacha20(void *subkey, const void *nonce, const void *key) {
  crypto_core_hchacha20(
    (unsigned char *)subkey, (const unsigned char *)nonce, (const unsigned char *)key, NULL);
}

/// Writes the same ciphertext and tag as `xchacha20poly1305_seal`. The subkey is the result of `hchacha20` for the key
/// and the first 16 bytes of the nonce (draft-irtf-cfrg-xchacha, section 2.3).
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

/// Decrypts `count` bytes of ciphertext and tag. Writes the plaintext, `count` - 16 bytes; returns false, without any
/// plaintext, if the tag does not match.
static inline bool xchacha20poly1305_open(
  void *plaintext, const void *sealed, size_t count, const void *associated, size_t associated_count,
  const void *nonce, const void *key) {
  return crypto_aead_xchacha20poly1305_ietf_decrypt(
           (unsigned char *)plaintext, NULL, NULL, (const unsigned char *)sealed, count,
           (const unsigned char *)associated, associated_count, (const unsigned char *)nonce,
           (const unsigned char *)key)
    == 0;
}

/// Writes base64 (RFC 4648, with padding) and a terminating 0. `text_size` must be enough for both.
static inline void base64_encode(void *text, size_t text_size, const void *bytes, size_t count) {
  sodium_bin2base64(
    (char *)text, text_size, (const unsigned char *)bytes, count, sodium_base64_VARIANT_ORIGINAL);
}

/// Decodes base64 (RFC 4648, with padding) in ASCII text, ignoring characters of `ignored`. Stores the number of bytes
/// in `count`. Returns false if the text is not base64, or if it has more than `capacity` bytes.
static inline bool base64_decode(
  void *bytes, size_t capacity, const void *text, size_t text_count, const char *ignored, size_t *count) {
  return sodium_base642bin(
           (unsigned char *)bytes, capacity, (const char *)text, text_count, ignored, count, NULL,
           sodium_base64_VARIANT_ORIGINAL)
    == 0;
}

/// Writes a key of 32 bytes, made by Argon2id (version 1.3) with one lane. Returns false if there is not enough memory.
static inline bool argon2id(
  void *key, const void *passphrase, size_t count, const void *salt, uint64_t passes, size_t memory) {
  return crypto_pwhash(
           (unsigned char *)key, 32, (const char *)passphrase, count, (const unsigned char *)salt, passes, memory,
           crypto_pwhash_ALG_ARGON2ID13)
    == 0;
}

/// Decodes base64 with the URL alphabet and padding (RFC 4648) in ASCII text. Stores the number of bytes in `count`.
/// Returns false if the text is not canonical base64, or if it has more than `capacity` bytes.
static inline bool base64url_decode(
  void *bytes, size_t capacity, const void *text, size_t text_count, size_t *count) {
  return sodium_base642bin(
           (unsigned char *)bytes, capacity, (const char *)text, text_count, NULL, count, NULL,
           sodium_base64_VARIANT_URLSAFE)
    == 0;
}

/// Returns the size of base64 text with padding and a terminating 0.
static inline size_t base64_count(size_t count) {
  return sodium_base64_encoded_len(count, sodium_base64_VARIANT_URLSAFE);
}

/// Writes base64 with the URL alphabet and padding, and a terminating 0.
static inline void base64url_encode(void *text, size_t text_size, const void *bytes, size_t count) {
  sodium_bin2base64((char *)text, text_size, (const unsigned char *)bytes, count, sodium_base64_VARIANT_URLSAFE);
}

/// Writes HMAC-SHA256 (32 bytes) of a message.
static inline void hmac_sha256(void *tag, const void *message, size_t count, const void *key, size_t key_count) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, (const unsigned char *)key, key_count);
  crypto_auth_hmacsha256_update(&state, (const unsigned char *)message, count);
  crypto_auth_hmacsha256_final(&state, (unsigned char *)tag);
  sodium_memzero(&state, sizeof state);
}

/// Compares bytes in a time that does not depend on them.
static inline bool constant_time_equal(const void *a, const void *b, size_t count) {
  return sodium_memcmp(a, b, count) == 0;
}

/// The flag O_PATH of open(2), which glibc declares only for programs with its extensions: it opens a file without
/// access to its content.
enum { open_path_only = 010000000 };

/// Returns true if an open file belongs to /proc, and false also if this cannot be found out.
static inline bool is_of_proc(int file) {
  struct statfs system;
  return fstatfs(file, &system) == 0 && system.f_type == 0x9fa0;
}
