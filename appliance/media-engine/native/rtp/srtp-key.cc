#include "rtp/srtp-key.h"

namespace holdfast {

namespace {

struct SuiteName {
  const char* name;
  SrtpSuite suite;
};

constexpr SuiteName suiteNames[] = {
    {"AES_CM_128_HMAC_SHA1_80", SrtpSuite::aesCm128Sha1_80},
    {"AES_CM_128_HMAC_SHA1_32", SrtpSuite::aesCm128Sha1_32},
    {"AES_256_CM_HMAC_SHA1_80", SrtpSuite::aesCm256Sha1_80},
    {"AES_256_CM_HMAC_SHA1_32", SrtpSuite::aesCm256Sha1_32},
    {"AEAD_AES_128_GCM", SrtpSuite::aeadAes128Gcm},
    {"AEAD_AES_256_GCM", SrtpSuite::aeadAes256Gcm},
    {"SRTP_AES128_CM_HMAC_SHA1_80", SrtpSuite::aesCm128Sha1_80},
    {"SRTP_AES128_CM_HMAC_SHA1_32", SrtpSuite::aesCm128Sha1_32},
    {"SRTP_AEAD_AES_128_GCM", SrtpSuite::aeadAes128Gcm},
    {"SRTP_AEAD_AES_256_GCM", SrtpSuite::aeadAes256Gcm},
};

int base64Value(char letter) {
  if (letter >= 'A' && letter <= 'Z') return letter - 'A';
  if (letter >= 'a' && letter <= 'z') return letter - 'a' + 26;
  if (letter >= '0' && letter <= '9') return letter - '0' + 52;
  if (letter == '+') return 62;
  if (letter == '/') return 63;
  return -1;
}

}  // namespace

size_t masterKeyBytes(SrtpSuite suite) {
  switch (suite) {
    case SrtpSuite::aesCm128Sha1_80:
    case SrtpSuite::aesCm128Sha1_32:
    case SrtpSuite::aeadAes128Gcm:
      return 16;
    case SrtpSuite::aesCm256Sha1_80:
    case SrtpSuite::aesCm256Sha1_32:
    case SrtpSuite::aeadAes256Gcm:
      return 32;
  }
  return 0;
}

size_t masterSaltBytes(SrtpSuite suite) {
  return suite == SrtpSuite::aeadAes128Gcm || suite == SrtpSuite::aeadAes256Gcm ? 12 : 14;
}

std::optional<SrtpKey> parseSrtpKey(const std::string& suite, const std::string& keyAndSalt) {
  SrtpKey key;
  bool known = false;
  for (const SuiteName& entry : suiteNames) {
    if (suite != entry.name) continue;
    key.suite = entry.suite;
    known = true;
  }
  if (!known) return std::nullopt;
  uint32_t bits = 0;
  int held = 0;
  for (const char letter : keyAndSalt) {
    if (letter == '=') break;
    const int value = base64Value(letter);
    if (value < 0) return std::nullopt;
    bits = (bits << 6) | static_cast<uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    if (key.length == SrtpKey::maxBytes) return std::nullopt;
    key.bytes[key.length++] = static_cast<uint8_t>(bits >> held);
  }
  if (key.length != masterKeyBytes(key.suite) + masterSaltBytes(key.suite)) return std::nullopt;
  return key;
}

}  // namespace holdfast
