#pragma once
// Sounds to test with, and what is measured of them.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dsp/level.h"

namespace holdfast::test {

using Samples = std::vector<int16_t>;
constexpr double pi = 3.14159265358979323846;

/** Reproducible chance. */
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 2862933555777941757ULL + 3037000493ULL) {}
  /** 0-1. */
  double next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<double>(state_ >> 11) / 9007199254740992.0;
  }
  /** Mean 0, deviation 1. */
  double gauss() {
    const double u = std::max(next(), 1e-300);
    return std::sqrt(-2 * std::log(u)) * std::cos(2 * pi * next());
  }

 private:
  uint64_t state_;
};

inline Samples sine(int rate, double hz, double dbm0, size_t count, double phase = 0) {
  Samples out(count);
  for (size_t i = 0; i < count; i++) {
    const double angle = 2 * pi * hz * static_cast<double>(i) / rate + phase;
    out[i] = saturate(static_cast<int32_t>(std::lrint(amplitudeOf(dbm0) * std::sin(angle))));
  }
  return out;
}

inline void addTo(Samples& sum, const Samples& other, size_t at = 0) {
  for (size_t i = 0; i < other.size() && at + i < sum.size(); i++) sum[at + i] = saturate(sum[at + i] + other[i]);
}

/** White, by its power as dBm0. */
inline Samples noise(double dbm0, size_t count, uint64_t seed) {
  Random random(seed);
  Samples out(count);
  const double deviation = amplitudeOf(dbm0) / std::sqrt(2.0);
  for (int16_t& sample : out) {
    const double value = std::min(32767.0, std::max(-32768.0, deviation * random.gauss()));
    sample = static_cast<int16_t>(std::lrint(value));
  }
  return out;
}

/** Like speech: voiced syllables of a gliding pitch through three formants, noisy consonants, pauses. */
inline Samples speechLike(int rate, size_t count, uint64_t seed, double dbm0 = -18) {
  Random random(seed);
  std::vector<double> out(count, 0);
  struct Formant {
    double a1 = 0, a2 = 0, y1 = 0, y2 = 0;
  };
  Formant formants[3];
  double phase = 0;
  double pitch = 110;
  size_t left = 0;
  int kind = 0;
  size_t length = 1;
  for (size_t i = 0; i < count; i++) {
    if (left == 0) {
      kind = static_cast<int>(random.next() * 5);  // 0: pause, 1: consonant, else voiced
      length = static_cast<size_t>(rate * (0.06 + 0.12 * random.next()));
      left = length;
      pitch = 90 + 110 * random.next();
      const double centres[3] = {300 + 500 * random.next(), 900 + 1100 * random.next(), 2300 + 600 * random.next()};
      for (int k = 0; k < 3; k++) {
        const double r = std::exp(-pi * (60 + 40 * k) / rate);
        formants[k].a1 = 2 * r * std::cos(2 * pi * centres[k] / rate);
        formants[k].a2 = -r * r;
      }
    }
    left--;
    double excitation = 0;
    if (kind == 1) excitation = 0.15 * random.gauss();
    if (kind > 1) {
      phase += pitch * (1 + 0.1 * static_cast<double>(left) / static_cast<double>(length)) / rate;
      if (phase >= 1) {
        phase -= 1;
        excitation = 1;
      }
      excitation += 0.01 * random.gauss();
    }
    const double edge = std::min(1.0, static_cast<double>(std::min(left, length - left)) / (rate * 0.01));
    double sum = 0;
    for (Formant& f : formants) {
      const double y = excitation * edge + f.a1 * f.y1 + f.a2 * f.y2;
      f.y2 = f.y1;
      f.y1 = y;
      sum += y;
    }
    out[i] = sum;
  }
  double power = 0;
  for (double value : out) power += value * value;
  const double scale = amplitudeOf(dbm0) / std::sqrt(2.0) / std::sqrt(power / static_cast<double>(count) + 1e-12);
  Samples samples(count);
  for (size_t i = 0; i < count; i++) {
    const double value = std::min(32767.0, std::max(-32768.0, out[i] * scale));
    samples[i] = static_cast<int16_t>(std::lrint(value));
  }
  return samples;
}

/** Level of one frequency, dBm0, by correlation under a Hann window (so that neighbours do not leak). */
inline double levelAt(const int16_t* samples, size_t count, int rate, double hz) {
  double re = 0, im = 0, weight = 0;
  for (size_t i = 0; i < count; i++) {
    const double window = 0.5 - 0.5 * std::cos(2 * pi * (static_cast<double>(i) + 0.5) / static_cast<double>(count));
    const double angle = 2 * pi * hz * static_cast<double>(i) / rate;
    re += window * samples[i] * std::cos(angle);
    im += window * samples[i] * std::sin(angle);
    weight += window;
  }
  const double amplitude = 2 * std::sqrt(re * re + im * im) / weight;
  return amplitude < 1e-3 ? -100 : 20 * std::log10(amplitude / 32768) + fullScaleSineDbm0;
}
inline double levelAt(const Samples& samples, int rate, double hz) {
  return levelAt(samples.data(), samples.size(), rate, hz);
}

/** Signal to noise of `got` against `wanted`, dB, at the best gain; `got` is `delay` samples late. */
inline double snr(const Samples& wanted, const Samples& got, size_t delay, size_t from = 0) {
  double cross = 0, own = 0;
  for (size_t i = from; i + delay < got.size() && i < wanted.size(); i++) {
    cross += static_cast<double>(wanted[i]) * got[i + delay];
    own += static_cast<double>(wanted[i]) * wanted[i];
  }
  const double gain = own > 0 ? cross / own : 0;
  double signal = 0, error = 0;
  for (size_t i = from; i + delay < got.size() && i < wanted.size(); i++) {
    const double expected = gain * wanted[i];
    signal += expected * expected;
    error += (got[i + delay] - expected) * (got[i + delay] - expected);
  }
  return 10 * std::log10((signal + 1e-9) / (error + 1e-9));
}

/** The delay of `got` at which it is most like `wanted`. */
inline size_t bestDelay(const Samples& wanted, const Samples& got, size_t most, size_t from = 0) {
  size_t best = 0;
  double found = -1e9;
  for (size_t delay = 0; delay <= most; delay++) {
    const double here = snr(wanted, got, delay, from);
    if (here > found) {
      found = here;
      best = delay;
    }
  }
  return best;
}

}  // namespace holdfast::test
