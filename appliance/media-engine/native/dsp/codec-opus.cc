#include "dsp/codec-opus.h"

#include <opus/opus.h>

#include <algorithm>
#include <cstring>

namespace holdfast {
namespace {

// Where telephone speech is transparent to listeners, with room for the redundancy of FEC (RFC 7587 §3.1.1 recommends 8-12, 16-20
// and 28-40 kbit/s for narrow-band, wide-band and full-band speech without it).
int suitableBitRate(int sampleRate) {
  if (sampleRate <= 8000) return 20000;
  return sampleRate <= 16000 ? 28000 : 40000;
}

// What CELT needs to sound as SILK does at the rates above; by segmental SNR and spectral distance they are alike, at a third of
// the work.
int plainBitRate(int sampleRate) {
  if (sampleRate <= 8000) return 24000;
  return sampleRate <= 16000 ? 40000 : 48000;
}

class OpusSoundEncoder final : public Encoder {
 public:
  OpusSoundEncoder(const CodecSettings& settings, OpusEncoder* state)
      : rate_(settings.sampleRate),
        frame_(static_cast<size_t>(rate_ / 1000 * settings.packetMs)),
        bitRate_(settings.bitRate > 0 ? std::clamp(settings.bitRate, 6000, 128000) : suitableBitRate(rate_)),
        mayBePlain_(settings.bitRate == 0 || settings.bitRate >= plainBitRate(rate_)),
        inbandFec_(settings.inbandFec),
        complexity_(settings.complexity),
        state_(state) {
    opus_encoder_ctl(state_, OPUS_SET_DTX(0));
    opus_encoder_ctl(state_, OPUS_SET_PACKET_LOSS_PERC(std::clamp(settings.expectedLossPercent, 0, 100)));
    adapt();
  }
  ~OpusSoundEncoder() override { opus_encoder_destroy(state_); }
  OpusSoundEncoder(const OpusSoundEncoder&) = delete;
  OpusSoundEncoder& operator=(const OpusSoundEncoder&) = delete;

  size_t frameSamples() const noexcept override { return frame_; }
  int sampleRate() const noexcept override { return rate_; }
  size_t encode(const int16_t* samples, size_t count, uint8_t* payload, size_t capacity) noexcept override {
    const int bytes = opus_encode(state_, samples, static_cast<int>(count), payload, static_cast<opus_int32>(capacity));
    return bytes > 0 ? static_cast<size_t>(bytes) : 0;
  }
  void setComplexity(int complexity) noexcept override {
    complexity_ = complexity;
    adapt();
  }
  void setExpectedLoss(int percent) noexcept override {
    loses_ = percent > 0;
    opus_encoder_ctl(state_, OPUS_SET_PACKET_LOSS_PERC(std::clamp(percent, 0, 100)));
    adapt();
  }
  void reset() noexcept override { opus_encoder_ctl(state_, OPUS_RESET_STATE); }

 private:
  // At the lowest complexity there is no time to spend: CELT takes a third of SILK's, but has no redundancy for who loses packets.
  // libopus chooses by the kind of signal, and changes over without a gap.
  void adapt() noexcept {
    const bool redundant = inbandFec_ && loses_;
    const bool plain = complexity_ <= 0 && mayBePlain_ && !redundant;
    opus_encoder_ctl(state_, OPUS_SET_COMPLEXITY(std::clamp(complexity_, redundant ? redundantComplexity : 0, 10)));
    opus_encoder_ctl(state_, OPUS_SET_SIGNAL(plain ? OPUS_SIGNAL_MUSIC : OPUS_SIGNAL_VOICE));
    opus_encoder_ctl(state_, OPUS_SET_BITRATE(plain ? std::max(bitRate_, plainBitRate(rate_)) : bitRate_));
    opus_encoder_ctl(state_, OPUS_SET_INBAND_FEC(inbandFec_ && !plain ? 1 : 0));
  }

  // Below, libopus reckons that these bit rates have no room for redundancy.
  static constexpr int redundantComplexity = 2;

  int rate_;
  size_t frame_;
  int bitRate_;
  bool mayBePlain_;
  bool inbandFec_;
  bool loses_ = false;
  int complexity_;
  OpusEncoder* state_;
};

class OpusSoundDecoder final : public Decoder {
 public:
  OpusSoundDecoder(int rate, OpusDecoder* state) : rate_(rate), state_(state) {}
  ~OpusSoundDecoder() override { opus_decoder_destroy(state_); }
  OpusSoundDecoder(const OpusSoundDecoder&) = delete;
  OpusSoundDecoder& operator=(const OpusSoundDecoder&) = delete;

  int sampleRate() const noexcept override { return rate_; }
  size_t duration(const uint8_t* payload, size_t bytes) const noexcept override {
    if (bytes == 0) return 0;
    const int count = opus_packet_get_nb_samples(payload, static_cast<opus_int32>(bytes), rate_);
    return count > 0 ? static_cast<size_t>(count) : 0;
  }
  size_t decode(const uint8_t* payload, size_t bytes, int16_t* samples, size_t capacity) noexcept override {
    if (bytes == 0) return 0;
    const int count = opus_decode(state_, payload, static_cast<opus_int32>(bytes), samples, limit(capacity), 0);
    return count > 0 ? static_cast<size_t>(count) : 0;
  }
  // SILK conceals frames of 10 ms; of less it throws the rest away.
  size_t concealUnit() const noexcept override { return static_cast<size_t>(rate_ / 100); }
  size_t conceal(int16_t* samples, size_t count) noexcept override {
    // libopus conceals multiples of 2.5 ms, at most what its longest packet holds.
    const size_t unit = static_cast<size_t>(rate_) / 400;
    const size_t whole = std::min(count / unit * unit, static_cast<size_t>(rate_ / 1000 * maxPacketMs));
    const int made = whole == 0 ? 0 : opus_decode(state_, nullptr, 0, samples, static_cast<int>(whole), 0);
    const size_t filled = made > 0 ? static_cast<size_t>(made) : 0;
    std::fill(samples + filled, samples + count, int16_t{0});
    return count;
  }
  bool hasRedundancy(const uint8_t* next, size_t bytes) const noexcept override { return hasLbrr(next, bytes); }
  size_t recover(const uint8_t* next, size_t bytes, int16_t* samples, size_t count) noexcept override {
    if (bytes == 0) return conceal(samples, count);
    // Redundancy covers one packet before `next`; what was lost earlier is concealed first.
    const size_t covered = std::min(duration(next, bytes), count);
    const size_t earlier = count - covered;
    if (earlier > 0) conceal(samples, earlier);
    const int made =
        opus_decode(state_, next, static_cast<opus_int32>(bytes), samples + earlier, static_cast<int>(covered), 1);
    if (made < 0 || static_cast<size_t>(made) != covered) return conceal(samples, count);
    return count;
  }
  void reset() noexcept override { opus_decoder_ctl(state_, OPUS_RESET_STATE); }

 private:
  static int limit(size_t capacity) { return static_cast<int>(std::min(capacity, maxFrameSamples)); }

  // RFC 6716 §4.2.3-4.2.4: SILK begins with the voice activity bits of its frames, then the LBRR flag; the range coder's first
  // bits are the highest of the first byte, each of even probability.
  static bool hasLbrr(const uint8_t* packet, size_t bytes) noexcept {
    if (bytes < 2 || (packet[0] & 0x80) != 0) return false;  // CELT alone has none
    const unsigned char* frames[48];
    opus_int16 sizes[48];
    const int count = opus_packet_parse(packet, static_cast<opus_int32>(bytes), nullptr, frames, sizes, nullptr);
    if (count <= 0 || sizes[0] < 1) return false;
    const int perFrame = opus_packet_get_samples_per_frame(packet, 48000);
    const int silkFrames = perFrame > 960 ? perFrame / 960 : 1;
    return (frames[0][0] & (0x80 >> silkFrames)) != 0;
  }

  int rate_;
  OpusDecoder* state_;
};

}  // namespace

std::unique_ptr<Encoder> makeOpusEncoder(const CodecSettings& settings) {
  int error = OPUS_OK;
  // VOIP would keep to SILK at these rates, and bends the voice's lowest notes by a filter for microphones on desks.
  OpusEncoder* state = opus_encoder_create(settings.sampleRate, 1, OPUS_APPLICATION_AUDIO, &error);
  if (state == nullptr || error != OPUS_OK) return nullptr;
  return std::make_unique<OpusSoundEncoder>(settings, state);
}

std::unique_ptr<Decoder> makeOpusDecoder(const CodecSettings& settings) {
  int error = OPUS_OK;
  OpusDecoder* state = opus_decoder_create(settings.sampleRate, 1, &error);
  if (state == nullptr || error != OPUS_OK) return nullptr;
  return std::make_unique<OpusSoundDecoder>(settings.sampleRate, state);
}

}  // namespace holdfast
