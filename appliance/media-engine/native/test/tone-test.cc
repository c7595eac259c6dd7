// Tones: level within 0.1 dB, frequency within 0.1 Hz, cadence to the sample.
#include "dsp/tone.h"

#include "test/check.h"
#include "test/signals.h"

using namespace holdfast;
using namespace holdfast::test;

namespace {

Tone steady(std::vector<double> frequencies, double level) { return {{{std::move(frequencies), level, 0}}, 0}; }

TEST("level within 0.1 dB and frequency within 0.1 Hz, at every rate, one frequency to four", {
  for (const int rate : {8000, 16000, 48000}) {
    for (const std::vector<double>& frequencies :
         {std::vector<double>{425}, {350, 440}, {480, 620}, {440, 480}, {1400, 2060, 2450, 2600}}) {
      ToneGenerator generator(rate);
      generator.start(steady(frequencies, -13));
      Samples out(static_cast<size_t>(rate) * 2);
      for (size_t at = 0; at < out.size(); at += 80) generator.generate(&out[at], 80);
      for (const double hz : frequencies) {
        const double level = levelAt(out, rate, hz);
        CHECK(std::abs(level + 13) < 0.1, "%d: %.0f Hz has %.3f dBm0", rate, hz, level);
        // The peak is where it should be: 0.1 Hz beside it is lower on both sides.
        CHECK(levelAt(out, rate, hz + 0.1) < level + 1e-3 && levelAt(out, rate, hz - 0.1) < level + 1e-3, "%.0f", hz);
      }
      if (frequencies.size() == 1) CHECK(std::abs(levelOf(out.data(), out.size()) + 13) < 0.1);
    }
  }
});

TEST("levels from -60 to 0 dBm0, and hours without a change", {
  for (const double level : {-40.0, -24.0, -10.0, 0.0}) {
    ToneGenerator generator(8000);
    generator.start(steady({1000}, level));
    Samples out(8000);
    generator.generate(out.data(), out.size());
    CHECK(std::abs(levelAt(out, 8000, 1000) - level) < 0.1, "%.1f: %.3f", level, levelAt(out, 8000, 1000));
  }
  ToneGenerator generator(8000);
  generator.start(steady({425}, -10));
  Samples out(8000);
  for (int second = 0; second < 3600; second++) generator.generate(out.data(), out.size());
  CHECK(std::abs(levelAt(out, 8000, 425) + 10) < 0.1, "after an hour: %.3f", levelAt(out, 8000, 425));
});

TEST("cadence to the sample: busy 500/500, in blocks of any size", {
  ToneGenerator generator(8000);
  generator.start({{{{480, 620}, -24, 500}, {{}, 0, 500}}, 0});
  Samples out(80000);
  for (size_t at = 0; at < out.size();) {
    const size_t block = std::min<size_t>(1 + at % 97, out.size() - at);
    generator.generate(&out[at], block);
    at += block;
  }
  for (size_t second = 0; second < 10; second++) {
    const double on = levelOf(&out[second * 8000], 4000);
    CHECK(std::abs(on + 24 - 3.01) < 0.3, "two frequencies are 3 dB more than each: %.2f", on);
    CHECK(levelOf(&out[second * 8000 + 4000], 4000) == -100, "second %zu", second);
    CHECK(out[second * 8000 + 1] != 0 && out[second * 8000 + 3999] != 0);
  }
  CHECK(!generator.done());
});

TEST("a stutter before the steady tone is played once; a tone without repetition ends in silence", {
  ToneGenerator generator(8000);
  Tone stutter;
  for (int i = 0; i < 3; i++) {
    stutter.steps.push_back({{350, 440}, -13, 100});
    stutter.steps.push_back({{}, 0, 100});
  }
  stutter.steps.push_back({{350, 440}, -13, 0});
  stutter.repeatFrom = 6;
  generator.start(stutter);
  Samples out(16000);
  generator.generate(out.data(), out.size());
  for (size_t i = 0; i < 3; i++) CHECK(levelOf(&out[i * 1600 + 800], 800) == -100);
  CHECK(levelOf(&out[4800], 11200) > -11 && !generator.done());
  generator.start({{{{1000}, -10, 200}}, std::nullopt});
  generator.generate(out.data(), out.size());
  CHECK(generator.done() && out[1599] != 0 && levelOf(&out[1600], 14400) == -100);
  generator.start({});
  generator.generate(out.data(), 160);
  CHECK(generator.done() && levelOf(out.data(), 160) == -100, "an empty list is silence");
  generator.start({{{{1000}, -10, 200}}, 5});
  generator.generate(out.data(), 3200);
  CHECK(generator.done(), "a repetition from nowhere is none");
});

}  // namespace

TEST_MAIN
