// Codecs between samples and RTP payloads (RFC 3551, RFC 7587). Floor of the engine: no socket, no clock; allocates only when made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace holdfast {

enum class CodecKind : uint8_t { pcmu, pcma, g722, opus, l16 };

constexpr int maxPacketMs = 120;       // Opus's longest packet (RFC 6716 §2.1.4)
constexpr size_t maxFrameSamples = 48 * maxPacketMs;
constexpr size_t maxPayloadBytes = 1920;  // L16: 20 ms at 48 kHz; everything else is smaller

struct CodecSettings {
  CodecKind kind = CodecKind::pcmu;
  // Of the samples given and returned, Hz. G.711: 8000; G.722: 8000 (low band only, cheaper) or 16000; Opus: 8000, 16000 or
  // 48000, whatever the peer uses; L16: the rate of its payload (8000, 16000 or 48000).
  int sampleRate = 8000;
  int packetMs = 20;  // 10-60: of the packets to encode, and the first guess at the length of a lost one
  // Opus only:
  int complexity = 5;             // 0-10
  int bitRate = 0;                // bit/s; 0: what suits the sample rate
  bool inbandFec = true;          // as the peer said useinbandfec
  int expectedLossPercent = 10;   // redundancy is spent only where loss is expected
};

// Whether `makeEncoder` and `makeDecoder` take this.
bool isCodecSupported(const CodecSettings& settings);

class Encoder {
 public:
  virtual ~Encoder() = default;
  // Samples of one packet. Opus: 10, 20, 40 or 60 ms; 30 and 50 ms are not Opus frame sizes.
  virtual size_t frameSamples() const noexcept = 0;
  virtual int sampleRate() const noexcept = 0;
  // Of one frame; G.711, G.722 and L16 take any whole number of milliseconds. Returns the payload's bytes, 0: it failed.
  virtual size_t encode(const int16_t* samples, size_t count, uint8_t* payload, size_t capacity) noexcept = 0;
  virtual void setComplexity(int /*complexity*/) noexcept {}
  virtual void setExpectedLoss(int /*percent*/) noexcept {}
  // Forgets what was encoded, as after a pause.
  virtual void reset() noexcept {}
};

class Decoder {
 public:
  virtual ~Decoder() = default;
  virtual int sampleRate() const noexcept = 0;
  // Samples that a payload holds at `sampleRate()`; 0: it is not one of this codec.
  virtual size_t duration(const uint8_t* payload, size_t bytes) const noexcept = 0;
  // Returns the number of samples, 0: not decodable, or more than `capacity`.
  virtual size_t decode(const uint8_t* payload, size_t bytes, int16_t* samples, size_t capacity) noexcept = 0;
  // What `conceal` makes best in multiples of: Opus thinks in whole frames.
  virtual size_t concealUnit() const noexcept { return 1; }
  // Makes up what was lost. Returns `count`.
  virtual size_t conceal(int16_t* samples, size_t count) noexcept = 0;
  // The lost packet before `next`, from the redundancy in `next` where there is some (RFC 6716 §2.1.7), else concealed.
  // `next` must be decoded afterwards as usual. Returns `count`.
  virtual size_t recover(const uint8_t* next, size_t bytes, int16_t* samples, size_t count) noexcept;
  // Whether `recover` gives more than `conceal` would.
  virtual bool hasRedundancy(const uint8_t* /*next*/, size_t /*bytes*/) const noexcept { return false; }
  virtual void reset() noexcept = 0;
};

// nullptr where `isCodecSupported` says no, or memory is short.
std::unique_ptr<Encoder> makeEncoder(const CodecSettings& settings);
std::unique_ptr<Decoder> makeDecoder(const CodecSettings& settings);

}  // namespace holdfast
