#pragma once
#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>

// The AES of Fernet, which libsodium does not have. Padding is left to the caller.

/// Encrypts or decrypts `count` bytes, a multiple of 16, by AES-128-CBC without padding. `key` and `iv` have 16 bytes.
/// Returns false if libcrypto fails.
static inline bool aes128_cbc(
  void *output, const void *input, size_t count, const void *key, const void *iv, bool encrypts) {
  if (count == 0 || count % 16 != 0 || count > (1 << 30)) return false;
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  if (!context) return false;
  int written = 0, rest = 0;
  bool is_done =
    EVP_CipherInit_ex(
      context, EVP_aes_128_cbc(), NULL, (const unsigned char *)key, (const unsigned char *)iv, encrypts ? 1 : 0)
    && EVP_CIPHER_CTX_set_padding(context, 0)
    && EVP_CipherUpdate(context, (unsigned char *)output, &written, (const unsigned char *)input, (int)count)
    && EVP_CipherFinal_ex(context, (unsigned char *)output + written, &rest) && (size_t)(written + rest) == count;
  EVP_CIPHER_CTX_free(context);
  return is_done;
}
