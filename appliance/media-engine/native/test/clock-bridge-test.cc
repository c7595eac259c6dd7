// Samples between two clocks, for minutes in a moment: nothing is lost, nothing is heard of it.
#include "dsp/clock-bridge.h"

#include "dsp/codec-resampled.h"
#include "dsp/sample-ring.h"
#include "test/check.h"
#include "test/signals.h"

using namespace holdfast;
using namespace holdfast::test;

namespace {

struct Bridged {
  Samples heard;
  uint64_t slips = 0;
  double ppm = 0;
  double mostMs = 0;
};

/** The writer's clock is `ppm` faster; blocks of `push` against pulls of `pull` samples. */
Bridged bridge(double ppm, size_t push, size_t pull, double seconds, double jitterMs = 0) {
  ClockBridge bridge(8000);
  Random random(4);
  Bridged result;
  Samples block(push);
  Samples out(pull);
  double writes = 0;
  size_t said = 0;
  for (double reads = 0; reads < seconds; reads += static_cast<double>(pull) / 8000) {
    while (writes <= reads - random.next() * jitterMs / 1000) {
      for (size_t i = 0; i < push; i++) {
        const double angle = 2 * pi * 1004 * static_cast<double>(said++) / 8000;
        block[i] = static_cast<int16_t>(std::lrint(amplitudeOf(-10) * std::sin(angle)));
      }
      bridge.push(block.data(), push, static_cast<int64_t>(writes * 1e6));
      writes += static_cast<double>(push) / 8000 / (1 + ppm * 1e-6);
    }
    result.mostMs = std::max(result.mostMs, bridge.waitingMs());
    const bool heard = bridge.pull(out.data(), pull, static_cast<int64_t>(reads * 1e6));
    if (heard || !result.heard.empty()) result.heard.insert(result.heard.end(), out.begin(), out.end());
  }
  result.slips = bridge.slips();
  result.ppm = bridge.ppm();
  return result;
}

TEST("±100 ppm for ten minutes, blocks of 1 to 20 ms against beats of 10: no slip, the tone whole, less than 50 ms wait", {
  for (const double ppm : {-100.0, 0.0, 100.0}) {
    for (const auto& [push, pull] : {std::pair<size_t, size_t>{8, 80}, {64, 80}, {160, 80}, {80, 64}}) {
      const Bridged result = bridge(ppm, push, pull, push == 64 ? 600 : 120);
      CHECK(result.slips == 0, "%.0f ppm, %zu against %zu: %llu slips", ppm, push, pull,
            static_cast<unsigned long long>(result.slips));
      CHECK(result.mostMs < 50, "%.0f ppm: %.1f ms", ppm, result.mostMs);
      if (push == 64) CHECK(std::abs(result.ppm - ppm) < 30, "%.0f: %.1f", ppm, result.ppm);
      const double hz = 1004 * (1 + ppm * 1e-6);
      const double level = levelAt(&result.heard[result.heard.size() - 80000], 80000, 8000, hz);
      CHECK(std::abs(level + 10) < 0.3, "%.0f ppm, %zu against %zu: %.2f", ppm, push, pull, level);
    }
  }
});

TEST("a clock that is off by far slips, counts it, and goes on", {
  for (const double ppm : {-5000.0, 5000.0}) {
    const Bridged result = bridge(ppm, 64, 80, 120);
    CHECK(result.slips > 2, "%.0f: %llu", ppm, static_cast<unsigned long long>(result.slips));
    CHECK(levelOf(result.heard.data(), result.heard.size()) > -13);
  }
});

TEST("silence until enough waits, and after a stop", {
  ClockBridge bridge(8000);
  int16_t out[80];
  CHECK(!bridge.pull(out, 80, 0) && bridge.slips() == 0);
  const Samples tone = sine(8000, 1000, -10, 80);
  bridge.push(tone.data(), 80, 0);
  CHECK(!bridge.pull(out, 80, 0));
  for (int i = 0; i < 3; i++) bridge.push(tone.data(), 80, 10000);
  CHECK(bridge.pull(out, 80, 10000));
  for (int i = 0; i < 20; i++) bridge.pull(out, 80, 10000 + 10000 * i);
  CHECK(!bridge.pull(out, 80, 300000) && levelOf(out, 80) == -100 && bridge.slips() == 1);
  bridge.reset();
  CHECK(!bridge.pull(out, 80, 300000) && bridge.waitingMs() == 0);
});

TEST("a decoder at another rate: G.711 at 16 kHz, L16 of 48 kHz at 8 kHz, its gaps too", {
  CodecSettings pcmu;
  CodecSettings l16;
  l16.kind = CodecKind::l16;
  l16.sampleRate = 48000;
  for (const auto& [settings, rate] : {std::pair<CodecSettings, int>{pcmu, 16000}, {l16, 8000}, {pcmu, 8000}}) {
    auto encoder = makeEncoder(settings);
    auto decoder = resampledDecoder(makeDecoder(settings), rate);
    CHECK(decoder != nullptr && decoder->sampleRate() == rate);
    const Samples said = sine(settings.sampleRate, 1000, -10, static_cast<size_t>(settings.sampleRate));
    Samples heard;
    uint8_t payload[maxPayloadBytes];
    int16_t out[960];
    const auto frame = static_cast<size_t>(rate / 50);
    for (size_t at = 0; at < said.size(); at += encoder->frameSamples()) {
      const size_t bytes = encoder->encode(&said[at], encoder->frameSamples(), payload, sizeof payload);
      CHECK(decoder->duration(payload, bytes) == frame);
      CHECK(decoder->decode(payload, bytes, out, 960) == frame);
      heard.insert(heard.end(), out, out + frame);
    }
    const size_t skip = heard.size() / 4;
    const double level = levelAt(&heard[skip], heard.size() / 2, rate, 1000);
    CHECK(std::abs(level + 10) < 0.3, "%d Hz: %.2f", rate, level);
    CHECK(decoder->conceal(out, frame) == frame && levelOf(out, frame / 2) > -14, "%.1f", levelOf(out, frame / 2));
    CHECK(decoder->decode(payload, encoder->encode(said.data(), encoder->frameSamples(), payload, sizeof payload), out, frame - 1) == 0);
  }
});

TEST("a ring between threads keeps order and says how much fits", {
  SampleRing ring(100);
  int16_t some[60];
  for (int16_t i = 0; i < 60; i++) some[i] = i;
  CHECK(ring.room() == 100 && ring.write(some, 60) == 60 && ring.write(some, 60) == 40 && ring.room() == 0);
  int16_t out[80];
  CHECK(ring.read(out, 80) == 80 && out[59] == 59 && out[60] == 0 && ring.waiting() == 20);
  CHECK(ring.write(some, 60) == 60 && ring.read(out, 80) == 80 && out[19] == 39 && out[20] == 0);
});

}  // namespace

TEST_MAIN
