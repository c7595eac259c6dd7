// Levels, gain, mixing, resampling, comfort noise and the echo canceller.
#include "dsp/comfort-noise.h"
#include "dsp/echo.h"
#include "dsp/gain.h"
#include "dsp/mixer.h"
#include "dsp/resample.h"
#include "test/check.h"
#include "test/signals.h"

using namespace holdfast;
using namespace holdfast::test;

namespace {

TEST("level: a sine's by its amplitude, silence, and back", {
  CHECK(std::abs(levelOf(sine(8000, 1000, -13, 8000).data(), 8000) + 13) < 0.01);
  CHECK(std::abs(amplitudeOf(3.14) - 32768) < 1e-6);
  CHECK(levelOf(Samples(80, 0).data(), 80) == -100);
});

TEST("gain: 6 dB up and down, saturating, and nothing at 0 dB", {
  for (const double db : {-20.0, -6.0, 6.0, 12.0}) {
    Samples tone = sine(8000, 1000, -20, 8000);
    Gain(db).apply(tone.data(), tone.size());
    CHECK(std::abs(levelAt(tone, 8000, 1000) - (db - 20)) < 0.05, "%.0f: %.3f", db, levelAt(tone, 8000, 1000));
  }
  Samples ends = {-32768, 32767, 16384, -3};
  const Samples same = ends;
  Gain(0).apply(ends.data(), ends.size());
  CHECK(ends == same && Gain(0).isUnity());
  Gain(30).apply(ends.data(), ends.size());
  CHECK(ends[0] == -32768 && ends[1] == 32767 && ends[2] == 32767 && ends[3] == -95, "%d", ends[3]);
});

TEST("mixing 32 parties: each hears all others and not himself; loud ones saturate", {
  Mixer mixer;
  std::vector<Samples> said;
  for (size_t i = 0; i < maxMixParties; i++) said.push_back(sine(8000, 200 + 100 * static_cast<double>(i), -30, 800));
  std::vector<Samples> heard(maxMixParties, Samples(800));
  for (size_t at = 0; at < 800; at += 80) {
    mixer.begin(80);
    for (const Samples& each : said) mixer.add(&each[at]);
    for (size_t i = 0; i < maxMixParties; i++) mixer.hear(&said[i][at], &heard[i][at]);
  }
  for (size_t i = 0; i < maxMixParties; i++) {
    for (size_t k = 0; k < maxMixParties; k++) {
      const double level = levelAt(heard[i], 8000, 200 + 100 * static_cast<double>(k));
      if (i == k) CHECK(level < -70, "%zu hears himself at %.1f", i, level);
      else CHECK(std::abs(level + 30) < 0.2, "%zu hears %zu at %.1f", i, k, level);
    }
  }
  const Samples loud(80, 30000);
  int16_t out[80];
  mixer.begin(80);
  mixer.add(loud.data());
  mixer.add(loud.data());
  mixer.hear(nullptr, out);
  CHECK(out[40] == 32767);
  mixer.hear(loud.data(), out);
  CHECK(out[40] == 30000);
});

TEST("resampling: level kept, images and aliases 40 dB down, lengths exact", {
  const int rates[3] = {8000, 16000, 48000};
  for (const int from : rates) {
    for (const int to : rates) {
      Resampler resampler(from, to);
      CHECK(resampler.valid());
      const Samples in = sine(from, 1020, -10, static_cast<size_t>(from));
      Samples out(static_cast<size_t>(to), 0);
      size_t made = 0;
      const auto block = static_cast<size_t>(from / 100);
      for (size_t at = 0; at < in.size(); at += block) {
        CHECK(resampler.outputFor(block) == static_cast<size_t>(to / 100));
        made += resampler.process(&in[at], block, &out[made], out.size() - made);
      }
      CHECK(made == out.size(), "%d to %d: %zu", from, to, made);
      const size_t skip = out.size() / 4;
      const double level = levelAt(&out[skip], out.size() / 2, to, 1020);
      CHECK(std::abs(level + 10) < 0.2, "%d to %d: %.2f", from, to, level);
      if (to > from) CHECK(levelAt(&out[skip], out.size() / 2, to, from - 1020) < -50);
    }
  }
  Resampler down(16000, 8000);
  Samples alias(8000);
  down.process(sine(16000, 6000, -10, 16000).data(), 16000, alias.data(), alias.size());
  CHECK(levelAt(&alias[800], 6400, 8000, 2000) < -50, "%.1f", levelAt(&alias[800], 6400, 8000, 2000));
  CHECK(!Resampler(8000, 0).valid());
});

TEST("comfort noise has the level it was told, white and coloured, and says it again", {
  for (const int level : {30, 45, 60, 75}) {
    for (const bool coloured : {false, true}) {
      ComfortNoiseGenerator generator;
      // Reflection coefficients (RFC 3389 §3.2): 0.6 and -0.3.
      const uint8_t payload[3] = {static_cast<uint8_t>(level), 203, 89};
      CHECK(generator.update(payload, coloured ? 3 : 1));
      Samples out(40000);
      generator.generate(out.data(), out.size());
      const double got = levelOf(&out[8000], 32000) - fullScaleSineDbm0 - 3.01;
      CHECK(std::abs(got + level) < 1, "-%d dBov, coloured %d: %.2f", level, coloured, got);
      uint8_t again = 0;
      CHECK(comfortNoisePayload(&out[8000], 32000, &again) == 1 && std::abs(again - level) <= 1, "%d: %d", level, again);
      if (coloured) {
        const double low = levelAt(&out[8000], 32000, 8000, 200);
        CHECK(low != levelAt(&out[8000], 32000, 8000, 3800));
      }
    }
  }
  ComfortNoiseGenerator generator;
  CHECK(!generator.update(nullptr, 0));
  generator.setLevel(127);
  Samples out(800);
  generator.generate(out.data(), out.size());
  CHECK(levelOf(out.data(), out.size()) == -100);
  uint8_t wild[40];
  for (uint8_t& byte : wild) byte = 255;
  wild[0] = 0;
  CHECK(generator.update(wild, sizeof wild), "as hostile as it gets");
  generator.generate(out.data(), out.size());
});

TEST("speech is told from noise, and lasts a little longer than it is heard", {
  VoiceActivityDetector detector(8000);
  const Samples background = noise(-50, 80000, 1);
  int active = 0;
  for (size_t at = 0; at < background.size(); at += 160) active += detector.isSpeech(&background[at], 160) ? 1 : 0;
  CHECK(active <= 50, "%d frames of noise", active);
  Samples talk = sine(8000, 300, -20, 1600);
  CHECK(detector.isSpeech(talk.data(), 160));
  int after = 0;
  for (size_t at = 0; at < 8000; at += 160) after += detector.isSpeech(&background[at], 160) ? 1 : 0;
  CHECK(after >= 8 && after <= 11, "%d frames", after);
});

/** A hybrid: 6 dB of loss, a few echoes within 20 ms (G.168 annex D's shape). */
Samples hybrid(const Samples& sent) {
  Samples out(sent.size(), 0);
  const std::pair<size_t, double> taps[5] = {{24, 0.35}, {30, -0.25}, {41, 0.12}, {77, -0.08}, {140, 0.04}};
  for (size_t i = 0; i < sent.size(); i++) {
    double sum = 0;
    for (const auto& [delay, gain] : taps) {
      if (i >= delay) sum += gain * sent[i - delay];
    }
    out[i] = saturate(static_cast<int32_t>(std::lrint(sum)));
  }
  return out;
}

TEST("echo: 30 dB less within two seconds of speech, and near-end speech passes", {
  EchoCanceller canceller(8000, 64, 64);
  CHECK(canceller.valid());
  const Samples far = speechLike(8000, 64000, 31, -16);
  Samples near = speechLike(8000, 64000, 77, -20);
  std::fill(near.begin(), near.begin() + 40000, int16_t{0});
  Samples received = hybrid(far);
  addTo(received, near);
  Samples out(far.size());
  for (size_t at = 0; at + 64 <= far.size(); at += 64) canceller.process(&received[at], &far[at], &out[at]);
  const double echo = levelOf(&received[16000], 24000);
  const double left = levelOf(&out[16000], 24000);
  CHECK(echo - left > 30, "%.1f dB before, %.1f after", echo, left);
  // Both speak: what is near is heard as it is.
  const double ratio = snr(near, out, 0, 44000);
  CHECK(ratio > 8, "%.1f dB", ratio);
  CHECK(std::abs(levelOf(&out[44000], 20000) - levelOf(&near[44000], 20000)) < 1.5);
});

TEST("echo: with a silent far end nothing is touched", {
  EchoCanceller canceller(8000, 80, 64);
  const Samples near = speechLike(8000, 16000, 5);
  const Samples silent(80, 0);
  Samples out(near.size());
  for (size_t at = 0; at < near.size(); at += 80) canceller.process(&near[at], silent.data(), &out[at]);
  CHECK(std::abs(levelOf(out.data(), out.size()) - levelOf(near.data(), near.size())) < 0.3);
  CHECK(snr(near, out, 0) > 12, "%.1f dB", snr(near, out, 0));
});

}  // namespace

TEST_MAIN
