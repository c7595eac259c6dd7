#include "dsp/codec.h"

#include <cstring>
#include <new>

#include "dsp/codec-opus.h"
#include "dsp/concealment.h"
#include "dsp/g711.h"
#include "dsp/spandsp-library.h"

namespace holdfast {
namespace {

constexpr int g722BitRate = 64000;


class PcmEncoder final : public Encoder {
 public:
  explicit PcmEncoder(const CodecSettings& settings)
      : kind_(settings.kind), rate_(settings.sampleRate), frame_(static_cast<size_t>(rate_ / 1000 * settings.packetMs)) {}
  size_t frameSamples() const noexcept override { return frame_; }
  int sampleRate() const noexcept override { return rate_; }

  size_t encode(const int16_t* samples, size_t count, uint8_t* payload, size_t capacity) noexcept override {
    if (kind_ == CodecKind::l16) {
      if (capacity < count * 2) return 0;
      for (size_t i = 0; i < count; i++) {
        payload[2 * i] = static_cast<uint8_t>(static_cast<uint16_t>(samples[i]) >> 8);
        payload[2 * i + 1] = static_cast<uint8_t>(samples[i] & 0xFF);
      }
      return count * 2;
    }
    if (capacity < count) return 0;
    g711Encode(kind_ == CodecKind::pcmu ? Law::u : Law::a, samples, count, payload);
    return count;
  }

 private:
  CodecKind kind_;
  int rate_;
  size_t frame_;
};

class PcmDecoder final : public Decoder {
 public:
  explicit PcmDecoder(const CodecSettings& settings)
      : kind_(settings.kind), rate_(settings.sampleRate), concealment_(settings.sampleRate) {}
  int sampleRate() const noexcept override { return rate_; }

  size_t duration(const uint8_t*, size_t bytes) const noexcept override {
    if (kind_ == CodecKind::l16) return bytes % 2 == 0 ? bytes / 2 : 0;
    return bytes;
  }

  size_t decode(const uint8_t* payload, size_t bytes, int16_t* samples, size_t capacity) noexcept override {
    const size_t count = duration(payload, bytes);
    if (count == 0 || count > capacity) return 0;
    if (kind_ == CodecKind::l16) {
      for (size_t i = 0; i < count; i++) {
        samples[i] = static_cast<int16_t>(static_cast<uint16_t>(payload[2 * i] << 8 | payload[2 * i + 1]));
      }
    } else {
      g711Decode(kind_ == CodecKind::pcmu ? Law::u : Law::a, payload, count, samples);
    }
    concealment_.heard(samples, count);
    return count;
  }

  size_t conceal(int16_t* samples, size_t count) noexcept override {
    concealment_.conceal(samples, count);
    return count;
  }
  void reset() noexcept override { concealment_.reset(); }

 private:
  CodecKind kind_;
  int rate_;
  Concealment concealment_;
};

// G.722 at 64 kbit/s: 8 bytes a millisecond, whatever is sampled.
class G722Encoder final : public Encoder {
 public:
  explicit G722Encoder(const CodecSettings& settings)
      : rate_(settings.sampleRate),
        frame_(static_cast<size_t>(rate_ / 1000 * settings.packetMs)),
        state_(g722_encode_init(nullptr, g722BitRate, options())) {}
  ~G722Encoder() override {
    if (state_ != nullptr) g722_encode_free(state_);
  }
  G722Encoder(const G722Encoder&) = delete;
  G722Encoder& operator=(const G722Encoder&) = delete;

  bool valid() const { return state_ != nullptr; }
  size_t frameSamples() const noexcept override { return frame_; }
  int sampleRate() const noexcept override { return rate_; }
  size_t encode(const int16_t* samples, size_t count, uint8_t* payload, size_t capacity) noexcept override {
    const size_t bytes = rate_ == 8000 ? count : count / 2;
    if (bytes > capacity) return 0;
    return static_cast<size_t>(g722_encode(state_, payload, samples, static_cast<int>(count)));
  }
  void reset() noexcept override { g722_encode_init(state_, g722BitRate, options()); }

 private:
  int options() const { return rate_ == 8000 ? G722_SAMPLE_RATE_8000 : 0; }
  int rate_;
  size_t frame_;
  g722_encode_state_t* state_;
};

class G722Decoder final : public Decoder {
 public:
  explicit G722Decoder(const CodecSettings& settings)
      : rate_(settings.sampleRate),
        state_(g722_decode_init(nullptr, g722BitRate, options())),
        concealment_(settings.sampleRate) {}
  ~G722Decoder() override {
    if (state_ != nullptr) g722_decode_free(state_);
  }
  G722Decoder(const G722Decoder&) = delete;
  G722Decoder& operator=(const G722Decoder&) = delete;

  bool valid() const { return state_ != nullptr; }
  int sampleRate() const noexcept override { return rate_; }
  size_t duration(const uint8_t*, size_t bytes) const noexcept override { return rate_ == 8000 ? bytes : bytes * 2; }
  size_t decode(const uint8_t* payload, size_t bytes, int16_t* samples, size_t capacity) noexcept override {
    const size_t count = duration(payload, bytes);
    if (count == 0 || count > capacity) return 0;
    const int made = g722_decode(state_, samples, payload, static_cast<int>(bytes));
    if (made <= 0) return 0;
    concealment_.heard(samples, static_cast<size_t>(made));
    return static_cast<size_t>(made);
  }
  size_t conceal(int16_t* samples, size_t count) noexcept override {
    concealment_.conceal(samples, count);
    return count;
  }
  void reset() noexcept override {
    g722_decode_init(state_, g722BitRate, options());
    concealment_.reset();
  }

 private:
  int options() const { return rate_ == 8000 ? G722_SAMPLE_RATE_8000 : 0; }
  int rate_;
  g722_decode_state_t* state_;
  Concealment concealment_;
};

template <typename Wanted, typename Made>
std::unique_ptr<Wanted> checked(std::unique_ptr<Made> made) {
  if (made == nullptr || !made->valid()) return nullptr;
  return made;
}

}  // namespace

size_t Decoder::recover(const uint8_t*, size_t, int16_t* samples, size_t count) noexcept { return conceal(samples, count); }

bool isCodecSupported(const CodecSettings& settings) {
  if (settings.packetMs < 10 || settings.packetMs > 60) return false;
  const int rate = settings.sampleRate;
  switch (settings.kind) {
    case CodecKind::pcmu:
    case CodecKind::pcma:
      return rate == 8000;
    case CodecKind::g722:
      return rate == 8000 || rate == 16000;
    case CodecKind::opus: {
      const int ms = settings.packetMs;
      return (rate == 8000 || rate == 16000 || rate == 48000) && (ms == 10 || ms == 20 || ms == 40 || ms == 60);
    }
    case CodecKind::l16:
      return rate == 8000 || rate == 16000 || rate == 48000;
  }
  return false;
}

std::unique_ptr<Encoder> makeEncoder(const CodecSettings& settings) {
  if (!isCodecSupported(settings)) return nullptr;
  if (settings.kind == CodecKind::opus) return makeOpusEncoder(settings);
  if (settings.kind == CodecKind::g722) return checked<Encoder>(std::make_unique<G722Encoder>(settings));
  return std::make_unique<PcmEncoder>(settings);
}

std::unique_ptr<Decoder> makeDecoder(const CodecSettings& settings) {
  // A decoder takes what comes, whatever the packet time: only the rate must fit.
  CodecSettings any = settings;
  any.packetMs = 20;
  if (!isCodecSupported(any)) return nullptr;
  if (settings.kind == CodecKind::opus) return makeOpusDecoder(settings);
  if (settings.kind == CodecKind::g722) return checked<Decoder>(std::make_unique<G722Decoder>(settings));
  return std::make_unique<PcmDecoder>(settings);
}

}  // namespace holdfast
