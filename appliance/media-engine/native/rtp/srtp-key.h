#pragma once
// Master keys of SRTP and the words for their suites: RFC 4568 §6.2, RFC 5764 §4.1.2, RFC 7714 §14.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace holdfast {

enum class SrtpSuite : uint8_t {
  aesCm128Sha1_80,
  aesCm128Sha1_32,
  aesCm256Sha1_80,
  aesCm256Sha1_32,
  aeadAes128Gcm,
  aeadAes256Gcm,
};

/** Key and salt, concatenated. */
struct SrtpKey {
  static constexpr size_t maxBytes = 46;
  SrtpSuite suite = SrtpSuite::aesCm128Sha1_80;
  size_t length = 0;
  std::array<uint8_t, maxBytes> bytes{};
  bool operator==(const SrtpKey& other) const {
    return suite == other.suite && length == other.length && bytes == other.bytes;
  }
  bool operator!=(const SrtpKey& other) const { return !(*this == other); }
};

struct SrtpKeys {
  SrtpKey send;
  SrtpKey receive;
  /** RTCP's own, where it has a port and so a DTLS handshake of its own. */
  std::optional<SrtpKey> rtcpSend;
  std::optional<SrtpKey> rtcpReceive;
};

/** By the word of `a=crypto` or of a DTLS-SRTP profile; `keyAndSalt` in base64. Nothing: unknown, or not of the suite's length. */
std::optional<SrtpKey> parseSrtpKey(const std::string& suite, const std::string& keyAndSalt);

size_t masterKeyBytes(SrtpSuite suite);
size_t masterSaltBytes(SrtpSuite suite);

}  // namespace holdfast
