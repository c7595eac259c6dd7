#include "rtp/srtp-crypto.h"

// SHA-1's low level has no allocation per packet, as EVP_MAC has.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <srtp2/auth.h>
#include <srtp2/cipher.h>

#include <array>
#include <cstring>
#include <memory>

namespace holdfast {

namespace {

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

constexpr size_t blockBytes = 16;
constexpr size_t gcmNonceBytes = 12;

srtp_err_status_t statusOf(bool good, srtp_err_status_t bad) { return good ? srtp_err_status_ok : bad; }

/** What libsrtp holds of a cipher or an authenticator, and our state behind it. */
template <typename Handle, typename State>
struct Owned : Handle {
  State own;
};

/** AES in the counter mode of RFC 3711 §4.1.1; the salt comes behind the key. */
struct CounterMode {
  Context context{EVP_CIPHER_CTX_new()};
  const EVP_CIPHER* cipher = nullptr;
  size_t keyBytes = 0;
  std::array<uint8_t, blockBytes> salt{};
};

/** RFC 7714; the salt is libsrtp's own matter. */
struct GaloisMode {
  Context context{EVP_CIPHER_CTX_new()};
  const EVP_CIPHER* cipher = nullptr;
  int tagBytes = 0;
};

/** RFC 2104 with the two keyed beginnings kept. */
struct HmacSha1 {
  SHA_CTX inner;
  SHA_CTX outer;
  SHA_CTX running;
};

using CounterCipher = Owned<srtp_cipher_t, CounterMode>;
using GaloisCipher = Owned<srtp_cipher_t, GaloisMode>;
using HmacAuthenticator = Owned<srtp_auth_t, HmacSha1>;

CounterMode& counterMode(void* state) { return *static_cast<CounterMode*>(state); }
GaloisMode& galoisMode(void* state) { return *static_cast<GaloisMode*>(state); }
HmacSha1& hmac(void* state) { return *static_cast<HmacSha1*>(state); }

extern const srtp_cipher_type_t counter128;
extern const srtp_cipher_type_t counter256;
extern const srtp_cipher_type_t galois128;
extern const srtp_cipher_type_t galois256;
extern const srtp_auth_type_t hmacSha1;

srtp_err_status_t allocateCounter(srtp_cipher_pointer_t* into, int keyLength, int) {
  const bool is256 = keyLength == SRTP_AES_ICM_256_KEY_LEN_WSALT;
  if (!is256 && keyLength != SRTP_AES_ICM_128_KEY_LEN_WSALT) return srtp_err_status_bad_param;
  auto* made = new CounterCipher();
  made->type = is256 ? &counter256 : &counter128;
  made->algorithm = is256 ? SRTP_AES_ICM_256 : SRTP_AES_ICM_128;
  made->key_len = keyLength;
  made->state = &made->own;
  made->own.cipher = is256 ? EVP_aes_256_ctr() : EVP_aes_128_ctr();
  made->own.keyBytes = is256 ? SRTP_AES_256_KEY_LEN : SRTP_AES_128_KEY_LEN;
  *into = made;
  return srtp_err_status_ok;
}

srtp_err_status_t freeCounter(srtp_cipher_pointer_t cipher) {
  auto* own = static_cast<CounterCipher*>(cipher);
  OPENSSL_cleanse(own->own.salt.data(), blockBytes);
  delete own;
  return srtp_err_status_ok;
}

srtp_err_status_t keyCounter(void* state, const uint8_t* key) {
  CounterMode& mode = counterMode(state);
  memcpy(mode.salt.data(), key + mode.keyBytes, SRTP_SALT_LEN);
  return statusOf(EVP_EncryptInit_ex(mode.context.get(), mode.cipher, nullptr, key, nullptr) == 1, srtp_err_status_init_fail);
}

srtp_err_status_t setCounter(void* state, uint8_t* nonce, srtp_cipher_direction_t) {
  CounterMode& mode = counterMode(state);
  uint8_t counter[blockBytes];
  for (size_t at = 0; at < blockBytes; ++at) counter[at] = mode.salt[at] ^ nonce[at];
  return statusOf(EVP_EncryptInit_ex(mode.context.get(), nullptr, nullptr, nullptr, counter) == 1, srtp_err_status_cipher_fail);
}

/** Both ways are the same. */
srtp_err_status_t runCounter(void* state, uint8_t* bytes, unsigned int* length) {
  int count = 0;
  const bool good = EVP_EncryptUpdate(counterMode(state).context.get(), bytes, &count, bytes, static_cast<int>(*length)) == 1;
  *length = static_cast<unsigned int>(count);
  return statusOf(good, srtp_err_status_cipher_fail);
}

srtp_err_status_t allocateGalois(srtp_cipher_pointer_t* into, int keyLength, int tagLength) {
  const bool is256 = keyLength == SRTP_AES_GCM_256_KEY_LEN_WSALT;
  if (!is256 && keyLength != SRTP_AES_GCM_128_KEY_LEN_WSALT) return srtp_err_status_bad_param;
  if (tagLength != 8 && tagLength != 16) return srtp_err_status_bad_param;
  auto* made = new GaloisCipher();
  made->type = is256 ? &galois256 : &galois128;
  made->algorithm = is256 ? SRTP_AES_GCM_256 : SRTP_AES_GCM_128;
  made->key_len = keyLength;
  made->state = &made->own;
  made->own.cipher = is256 ? EVP_aes_256_gcm() : EVP_aes_128_gcm();
  made->own.tagBytes = tagLength;
  *into = made;
  return srtp_err_status_ok;
}

srtp_err_status_t freeGalois(srtp_cipher_pointer_t cipher) {
  delete static_cast<GaloisCipher*>(cipher);
  return srtp_err_status_ok;
}

srtp_err_status_t keyGalois(void* state, const uint8_t* key) {
  GaloisMode& mode = galoisMode(state);
  EVP_CIPHER_CTX* context = mode.context.get();
  const bool good = EVP_CipherInit_ex(context, mode.cipher, nullptr, nullptr, nullptr, 1) == 1 &&
                    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_IVLEN, gcmNonceBytes, nullptr) == 1 &&
                    EVP_CipherInit_ex(context, nullptr, nullptr, key, nullptr, -1) == 1;
  return statusOf(good, srtp_err_status_init_fail);
}

srtp_err_status_t setGalois(void* state, uint8_t* nonce, srtp_cipher_direction_t direction) {
  const int encrypts = direction == srtp_direction_encrypt ? 1 : 0;
  const bool good = EVP_CipherInit_ex(galoisMode(state).context.get(), nullptr, nullptr, nullptr, nonce, encrypts) == 1;
  return statusOf(good, srtp_err_status_cipher_fail);
}

srtp_err_status_t associate(void* state, const uint8_t* bytes, uint32_t length) {
  int count = 0;
  const bool good = EVP_CipherUpdate(galoisMode(state).context.get(), nullptr, &count, bytes, static_cast<int>(length)) == 1;
  return statusOf(good, srtp_err_status_algo_fail);
}

srtp_err_status_t sealGalois(void* state, uint8_t* bytes, unsigned int* length) {
  int count = 0;
  const bool good = EVP_EncryptUpdate(galoisMode(state).context.get(), bytes, &count, bytes, static_cast<int>(*length)) == 1;
  return statusOf(good, srtp_err_status_cipher_fail);
}

srtp_err_status_t takeTag(void* state, uint8_t* tag, uint32_t* length) {
  GaloisMode& mode = galoisMode(state);
  int count = 0;
  uint8_t nothing[blockBytes];
  const bool good = EVP_EncryptFinal_ex(mode.context.get(), nothing, &count) == 1 &&
                    EVP_CIPHER_CTX_ctrl(mode.context.get(), EVP_CTRL_GCM_GET_TAG, mode.tagBytes, tag) == 1;
  *length = static_cast<uint32_t>(mode.tagBytes);
  return statusOf(good, srtp_err_status_algo_fail);
}

/** The tag stands behind the sealed bytes. */
srtp_err_status_t openGalois(void* state, uint8_t* bytes, unsigned int* length) {
  GaloisMode& mode = galoisMode(state);
  EVP_CIPHER_CTX* context = mode.context.get();
  if (*length < static_cast<unsigned int>(mode.tagBytes)) return srtp_err_status_bad_param;
  const int sealed = static_cast<int>(*length) - mode.tagBytes;
  int count = 0;
  uint8_t nothing[blockBytes];
  const bool good = EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, mode.tagBytes, bytes + sealed) == 1 &&
                    EVP_DecryptUpdate(context, bytes, &count, bytes, sealed) == 1 &&
                    EVP_DecryptFinal_ex(context, nothing, &count) == 1;
  *length = static_cast<unsigned int>(sealed);
  return statusOf(good, srtp_err_status_auth_fail);
}

srtp_err_status_t allocateHmac(srtp_auth_pointer_t* into, int keyLength, int tagLength) {
  if (keyLength > SHA_DIGEST_LENGTH || tagLength > SHA_DIGEST_LENGTH) return srtp_err_status_bad_param;
  auto* made = new HmacAuthenticator();
  made->type = &hmacSha1;
  made->state = &made->own;
  made->out_len = tagLength;
  made->key_len = keyLength;
  made->prefix_len = 0;
  *into = made;
  return srtp_err_status_ok;
}

srtp_err_status_t freeHmac(srtp_auth_pointer_t authenticator) {
  auto* own = static_cast<HmacAuthenticator*>(authenticator);
  OPENSSL_cleanse(&own->own, sizeof own->own);
  delete own;
  return srtp_err_status_ok;
}

srtp_err_status_t keyHmac(void* state, const uint8_t* key, int length) {
  HmacSha1& own = hmac(state);
  for (SHA_CTX* beginning : {&own.inner, &own.outer}) {
    uint8_t pad[SHA_CBLOCK];
    memset(pad, beginning == &own.inner ? 0x36 : 0x5c, sizeof pad);
    for (int at = 0; at < length; ++at) pad[at] = static_cast<uint8_t>(pad[at] ^ key[at]);
    SHA1_Init(beginning);
    SHA1_Update(beginning, pad, sizeof pad);
    OPENSSL_cleanse(pad, sizeof pad);
  }
  own.running = own.inner;
  return srtp_err_status_ok;
}

srtp_err_status_t beginHmac(void* state) {
  hmac(state).running = hmac(state).inner;
  return srtp_err_status_ok;
}

srtp_err_status_t addHmac(void* state, const uint8_t* bytes, int length) {
  SHA1_Update(&hmac(state).running, bytes, static_cast<size_t>(length));
  return srtp_err_status_ok;
}

srtp_err_status_t endHmac(void* state, const uint8_t* bytes, int length, int tagLength, uint8_t* tag) {
  HmacSha1& own = hmac(state);
  uint8_t digest[SHA_DIGEST_LENGTH];
  SHA1_Update(&own.running, bytes, static_cast<size_t>(length));
  SHA1_Final(digest, &own.running);
  SHA_CTX outer = own.outer;
  SHA1_Update(&outer, digest, sizeof digest);
  SHA1_Final(digest, &outer);
  memcpy(tag, digest, static_cast<size_t>(tagLength));
  return srtp_err_status_ok;
}

// libsrtp wants a known answer of everybody who takes a place.

/** RFC 3711 §B.2. */
const uint8_t counter128Key[] = {0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f,
                                 0x3c, 0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd};
const uint8_t counter128Stream[] = {0xe0, 0x3e, 0xad, 0x09, 0x35, 0xc9, 0x5e, 0x80, 0xe1, 0x66, 0xb1,
                                    0x6d, 0xd9, 0x2b, 0x4e, 0xb4, 0xd2, 0x35, 0x13, 0x16, 0x2b, 0x02,
                                    0xd0, 0xf7, 0x2a, 0x43, 0xa2, 0xfe, 0x4a, 0x5f, 0x97, 0xab};
/** RFC 6188 §7.2. */
const uint8_t counter256Key[] = {0x57, 0xf8, 0x2f, 0xe3, 0x61, 0x3f, 0xd1, 0x70, 0xa8, 0x5e, 0xc9, 0x3c,
                                 0x40, 0xb1, 0xf0, 0x92, 0x2e, 0xc4, 0xcb, 0x0d, 0xc0, 0x25, 0xb5, 0x82,
                                 0x72, 0x14, 0x7c, 0xc4, 0x38, 0x94, 0x4a, 0x98, 0xf0, 0xf1, 0xf2, 0xf3,
                                 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd};
const uint8_t counter256Stream[] = {0x92, 0xbd, 0xd2, 0x8a, 0x93, 0xc3, 0xf5, 0x25, 0x11, 0xc6, 0x77,
                                    0xd0, 0x8b, 0x55, 0x15, 0xa4, 0x9d, 0xa7, 0x1b, 0x23, 0x78, 0xa8,
                                    0x54, 0xf6, 0x70, 0x50, 0x75, 0x6d, 0xed, 0x16, 0x5b, 0xac};
const uint8_t zeros[32] = {};
uint8_t zeroIndex[16] = {};

/** The GCM specification's (McGrew, Viega) test cases 4 and 16; the key stands twice where it has 256 bits. */
const uint8_t galoisKey[] = {0xfe, 0xff, 0xe9, 0x92, 0x86, 0x65, 0x73, 0x1c, 0x6d, 0x6a, 0x8f, 0x94, 0x67, 0x30, 0x83, 0x08,
                             0xfe, 0xff, 0xe9, 0x92, 0x86, 0x65, 0x73, 0x1c, 0x6d, 0x6a, 0x8f, 0x94, 0x67, 0x30, 0x83, 0x08,
                             0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0};
uint8_t galoisNonce[] = {0xca, 0xfe, 0xba, 0xbe, 0xfa, 0xce, 0xdb, 0xad, 0xde, 0xca, 0xf8, 0x88};
const uint8_t galoisAssociated[] = {0xfe, 0xed, 0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xfe, 0xed,
                                    0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xab, 0xad, 0xda, 0xd2};
const uint8_t galoisPlain[] = {0xd9, 0x31, 0x32, 0x25, 0xf8, 0x84, 0x06, 0xe5, 0xa5, 0x59, 0x09, 0xc5, 0xaf, 0xf5, 0x26,
                               0x9a, 0x86, 0xa7, 0xa9, 0x53, 0x15, 0x34, 0xf7, 0xda, 0x2e, 0x4c, 0x30, 0x3d, 0x8a, 0x31,
                               0x8a, 0x72, 0x1c, 0x3c, 0x0c, 0x95, 0x95, 0x68, 0x09, 0x53, 0x2f, 0xcf, 0x0e, 0x24, 0x49,
                               0xa6, 0xb5, 0x25, 0xb1, 0x6a, 0xed, 0xf5, 0xaa, 0x0d, 0xe6, 0x57, 0xba, 0x63, 0x7b, 0x39};
const uint8_t galois128Sealed[] = {
    0x42, 0x83, 0x1e, 0xc2, 0x21, 0x77, 0x74, 0x24, 0x4b, 0x72, 0x21, 0xb7, 0x84, 0xd0, 0xd4, 0x9c, 0xe3, 0xaa, 0x21,
    0x2f, 0x2c, 0x02, 0xa4, 0xe0, 0x35, 0xc1, 0x7e, 0x23, 0x29, 0xac, 0xa1, 0x2e, 0x21, 0xd5, 0x14, 0xb2, 0x54, 0x66,
    0x93, 0x1c, 0x7d, 0x8f, 0x6a, 0x5a, 0xac, 0x84, 0xaa, 0x05, 0x1b, 0xa3, 0x0b, 0x39, 0x6a, 0x0a, 0xac, 0x97, 0x3d,
    0x58, 0xe0, 0x91, 0x5b, 0xc9, 0x4f, 0xbc, 0x32, 0x21, 0xa5, 0xdb, 0x94, 0xfa, 0xe9, 0x5a, 0xe7, 0x12, 0x1a, 0x47};
const uint8_t galois256Sealed[] = {
    0x52, 0x2d, 0xc1, 0xf0, 0x99, 0x56, 0x7d, 0x07, 0xf4, 0x7f, 0x37, 0xa3, 0x2a, 0x84, 0x42, 0x7d, 0x64, 0x3a, 0x8c,
    0xdc, 0xbf, 0xe5, 0xc0, 0xc9, 0x75, 0x98, 0xa2, 0xbd, 0x25, 0x55, 0xd1, 0xaa, 0x8c, 0xb0, 0x8e, 0x48, 0x59, 0x0d,
    0xbb, 0x3d, 0xa7, 0xb0, 0x8b, 0x10, 0x56, 0x82, 0x88, 0x38, 0xc5, 0xf6, 0x1e, 0x63, 0x93, 0xba, 0x7a, 0x0a, 0xbc,
    0xc9, 0xf6, 0x62, 0x76, 0xfc, 0x6e, 0xce, 0x0f, 0x4e, 0x17, 0x68, 0xcd, 0xdf, 0x88, 0x53, 0xbb, 0x2d, 0x55, 0x1b};

/** RFC 2202 §3, case 1. */
const uint8_t hmacKey[] = {0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b,
                           0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b};
const uint8_t hmacTag[] = {0xb6, 0x17, 0x31, 0x86, 0x55, 0x05, 0x72, 0x64, 0xe2, 0x8b,
                           0xc0, 0xb6, 0xfb, 0x37, 0x8c, 0x8e, 0xf1, 0x46, 0xbe, 0x00};

const srtp_cipher_test_case_t counter128Case{sizeof counter128Key, counter128Key, zeroIndex, sizeof zeros, zeros,
                                             sizeof counter128Stream, counter128Stream, 0, nullptr, 0, nullptr};
const srtp_cipher_test_case_t counter256Case{sizeof counter256Key, counter256Key, zeroIndex, sizeof zeros, zeros,
                                             sizeof counter256Stream, counter256Stream, 0, nullptr, 0, nullptr};
const srtp_cipher_test_case_t galois128Case{SRTP_AES_GCM_128_KEY_LEN_WSALT,
                                            galoisKey,
                                            galoisNonce,
                                            sizeof galoisPlain,
                                            galoisPlain,
                                            sizeof galois128Sealed,
                                            galois128Sealed,
                                            sizeof galoisAssociated,
                                            galoisAssociated,
                                            16,
                                            nullptr};
const srtp_cipher_test_case_t galois256Case{SRTP_AES_GCM_256_KEY_LEN_WSALT,
                                            galoisKey,
                                            galoisNonce,
                                            sizeof galoisPlain,
                                            galoisPlain,
                                            sizeof galois256Sealed,
                                            galois256Sealed,
                                            sizeof galoisAssociated,
                                            galoisAssociated,
                                            16,
                                            nullptr};
const srtp_auth_test_case_t hmacCase{sizeof hmacKey, hmacKey, 8, reinterpret_cast<const uint8_t*>("Hi There"),
                                     sizeof hmacTag, hmacTag, nullptr};

const srtp_cipher_type_t counter128{allocateCounter, freeCounter, keyCounter, nullptr,
                                    runCounter,      runCounter,  setCounter, nullptr,
                                    "AES-128 counter mode, OpenSSL", &counter128Case, SRTP_AES_ICM_128};
const srtp_cipher_type_t counter256{allocateCounter, freeCounter, keyCounter, nullptr,
                                    runCounter,      runCounter,  setCounter, nullptr,
                                    "AES-256 counter mode, OpenSSL", &counter256Case, SRTP_AES_ICM_256};
const srtp_cipher_type_t galois128{allocateGalois, freeGalois, keyGalois, associate,
                                   sealGalois,     openGalois, setGalois, takeTag,
                                   "AES-128 GCM, OpenSSL", &galois128Case, SRTP_AES_GCM_128};
const srtp_cipher_type_t galois256{allocateGalois, freeGalois, keyGalois, associate,
                                   sealGalois,     openGalois, setGalois, takeTag,
                                   "AES-256 GCM, OpenSSL", &galois256Case, SRTP_AES_GCM_256};
const srtp_auth_type_t hmacSha1{allocateHmac, freeHmac,  keyHmac,         endHmac,   addHmac,
                                beginHmac,    "HMAC-SHA1, OpenSSL", &hmacCase, SRTP_HMAC_SHA1};

}  // namespace

bool useOpenSslCiphers() {
  for (const srtp_cipher_type_t* type : {&counter128, &counter256, &galois128, &galois256})
    if (srtp_replace_cipher_type(type, type->id) != srtp_err_status_ok) return false;
  return srtp_replace_auth_type(&hmacSha1, hmacSha1.id) == srtp_err_status_ok;
}

}  // namespace holdfast
