#include "speech.h"

#include <opus/opus.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace holdfast::bench {
namespace {

constexpr double pi = 3.14159265358979323846;
constexpr double seconds = 5;

/** A resonator of the second order: one formant. */
class Formant {
 public:
  void tune(double frequency, double width, double rate) {
    const double radius = std::exp(-pi * width / rate);
    one_ = 2 * radius * std::cos(2 * pi * frequency / rate);
    two_ = -radius * radius;
    gain_ = 1 - radius;
  }
  double pass(double in) {
    const double out = gain_ * in + one_ * last_ + two_ * before_;
    before_ = last_;
    last_ = out;
    return out;
  }

 private:
  double one_ = 0, two_ = 0, gain_ = 0, last_ = 0, before_ = 0;
};

/** A generator of its own, so that every run sends the same. */
class Noise {
 public:
  double next() {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<double>(state_ >> 40) / static_cast<double>(1 << 23) - 1;
  }

 private:
  uint64_t state_ = 1;
};

}  // namespace

std::vector<int16_t> speech(int sampleRate, double length) {
  constexpr std::array<std::array<double, 3>, 5> vowels{
      {{730, 1090, 2440}, {270, 2290, 3010}, {570, 840, 2410}, {300, 870, 2240}, {530, 1840, 2480}}};
  const double rate = sampleRate;
  const auto count = static_cast<size_t>(length * rate);
  std::vector<double> sound(count);
  std::array<Formant, 3> formants;
  Noise noise;
  double phase = 0;
  double loudest = 0;
  for (size_t i = 0; i < count; i++) {
    const double t = static_cast<double>(i) / rate;
    const double syllable = std::fmod(t, 0.22) / 0.22;
    const size_t which = static_cast<size_t>(t / 0.22);
    if (i % 32 == 0) {
      const auto& from = vowels.at(which % vowels.size());
      const auto& to = vowels.at((which + 1) % vowels.size());
      for (size_t f = 0; f < 3; f++) {
        const double frequency = from.at(f) + (to.at(f) - from.at(f)) * syllable;
        formants.at(f).tune(frequency, 60 + 40 * static_cast<double>(f), rate);
      }
    }
    const double pitch = 110 + 25 * std::sin(2 * pi * 0.7 * t) - 15 * syllable;
    phase += pitch / rate;
    double source = noise.next() * 0.02;
    if (phase >= 1) {
      phase -= 1;
      source += 1 * rate / 8000;
    }
    // Every sixth syllable is a hiss, every eleventh a pause.
    double loudness = std::sin(pi * syllable);
    if (which % 6 == 5) source = noise.next() * 0.4;
    if (which % 11 == 10) loudness = 0.003;
    double out = 0;
    for (auto& formant : formants) out += formant.pass(source);
    sound[i] = out * loudness;
    loudest = std::max(loudest, std::fabs(sound[i]));
  }
  std::vector<int16_t> samples(count);
  for (size_t i = 0; i < count; i++) samples[i] = static_cast<int16_t>(sound[i] / loudest * 20000);
  return samples;
}

uint8_t encodeG711(int16_t sample, char law) {
  if (law == 'u') {
    const bool negative = sample < 0;
    int magnitude = std::min(negative ? -static_cast<int>(sample) : static_cast<int>(sample), 32635) + 0x84;
    int exponent = 7;
    for (int mask = 0x4000; exponent > 0 && (magnitude & mask) == 0; mask >>= 1) exponent--;
    const int mantissa = (magnitude >> (exponent + 3)) & 0x0f;
    return static_cast<uint8_t>(~((negative ? 0x80 : 0) | (exponent << 4) | mantissa));
  }
  const bool negative = sample < 0;
  const int magnitude = std::min(negative ? -static_cast<int>(sample) - 1 : static_cast<int>(sample), 32767);
  int exponent = 7;
  for (int mask = 0x4000; exponent > 0 && (magnitude & mask) == 0; mask >>= 1) exponent--;
  const int mantissa = exponent == 0 ? magnitude >> 4 : magnitude >> (exponent + 3);
  return static_cast<uint8_t>(((negative ? 0 : 0x80) | (exponent << 4) | (mantissa & 0x0f)) ^ 0x55);
}

int16_t decodeG711(uint8_t code, char law) {
  if (law == 'u') {
    const int inverted = ~code & 0xff;
    const int magnitude = (((inverted & 0x0f) << 3) + 0x84) << ((inverted & 0x70) >> 4);
    return static_cast<int16_t>((inverted & 0x80) != 0 ? 0x84 - magnitude : magnitude - 0x84);
  }
  const int toggled = code ^ 0x55;
  const int exponent = (toggled & 0x70) >> 4;
  const int mantissa = ((toggled & 0x0f) << 4) + 8;
  const int magnitude = exponent == 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return static_cast<int16_t>((toggled & 0x80) != 0 ? magnitude : -magnitude);
}

double levelDb(double sumOfSquares, double samples) {
  if (samples <= 0 || sumOfSquares <= 0) return -100;
  return 10 * std::log10(sumOfSquares / samples / (32768.0 * 32768.0 / 2));
}

Payloads payloadsOf(const std::string& codec, int packetMs) {
  const bool opus = codec == "opus";
  const int rate = opus ? 48000 : 8000;
  const std::vector<int16_t> samples = speech(rate, seconds);
  const size_t step = static_cast<size_t>(rate / 1000 * packetMs);
  Payloads payloads;
  payloads.timestampStep = static_cast<uint32_t>(step);
  double squares = 0;
  for (const int16_t sample : samples) squares += static_cast<double>(sample) * sample;
  payloads.level = levelDb(squares, static_cast<double>(samples.size()));
  if (!opus) {
    const char law = codec == "PCMA" ? 'a' : 'u';
    for (size_t at = 0; at + step <= samples.size(); at += step) {
      std::vector<uint8_t>& packet = payloads.packets.emplace_back();
      for (size_t i = at; i < at + step; i++) packet.push_back(encodeG711(samples[i], law));
    }
    return payloads;
  }
  int error = 0;
  std::unique_ptr<OpusEncoder, void (*)(OpusEncoder*)> encoder(
      opus_encoder_create(rate, 1, OPUS_APPLICATION_VOIP, &error), opus_encoder_destroy);
  if (error != OPUS_OK) {
    std::fprintf(stderr, "voice-load: no Opus encoder: %s\n", opus_strerror(error));
    std::exit(1);
  }
  opus_encoder_ctl(encoder.get(), OPUS_SET_BITRATE(24000));
  opus_encoder_ctl(encoder.get(), OPUS_SET_COMPLEXITY(9));
  std::array<uint8_t, 1275> packet{};
  for (size_t at = 0; at + step <= samples.size(); at += step) {
    const int bytes = opus_encode(encoder.get(), &samples[at], static_cast<int>(step), packet.data(), packet.size());
    if (bytes > 0) payloads.packets.emplace_back(packet.begin(), packet.begin() + bytes);
  }
  return payloads;
}

}  // namespace holdfast::bench
