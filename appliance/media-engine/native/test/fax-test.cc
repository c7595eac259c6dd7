// Fax and modem tones as T.30, V.25, V.8 and V.21 describe them; generated here by formula, not by the library that finds them.
#include "dsp/fax.h"

#include "test/check.h"
#include "test/signals.h"

using namespace holdfast;
using namespace holdfast::test;

namespace {

FaxTone found(const Samples& samples) {
  FaxDetector detector;
  FaxTone last = FaxTone::none;
  for (size_t at = 0; at + 80 <= samples.size(); at += 80) {
    const FaxTone tone = detector.process(&samples[at], 80);
    if (tone != FaxTone::none) last = tone;
  }
  return last;
}

/** V.25/V.8: 2100 Hz, with phase reversals each 450 ms and 15 Hz modulation of 20 % where wanted. */
Samples answerTone(double dbm0, bool reversals, bool modulated) {
  Samples out(8000 * 3);
  for (size_t i = 0; i < out.size(); i++) {
    const double t = static_cast<double>(i) / 8000;
    double value = amplitudeOf(dbm0) * std::sin(2 * pi * 2100 * t);
    if (reversals && static_cast<size_t>(t / 0.45) % 2 == 1) value = -value;
    if (modulated) value *= 1 + 0.2 * std::sin(2 * pi * 15 * t);
    out[i] = saturate(static_cast<int32_t>(std::lrint(value)));
  }
  return out;
}

/** V.21 channel 2, 300 bit/s: flags 01111110; mark 1650 Hz, space 1850 Hz. */
Samples preamble(double dbm0) {
  Samples out(8000 * 2);
  double phase = 0;
  for (size_t i = 0; i < out.size(); i++) {
    const auto bit = static_cast<size_t>(static_cast<double>(i) * 300 / 8000);
    const bool mark = bit % 8 != 0 && bit % 8 != 7;
    phase += 2 * pi * (mark ? 1650 : 1850) / 8000;
    out[i] = saturate(static_cast<int32_t>(std::lrint(amplitudeOf(dbm0) * std::sin(phase))));
  }
  return out;
}

TEST("each tone by its name, loud and soft", {
  for (const double level : {-6.0, -15.0, -28.0}) {
    Samples cng(16000, 0);
    addTo(cng, sine(8000, 1100, level, 4000), 4000);
    CHECK(found(cng) == FaxTone::cng, "%.0f: %d", level, static_cast<int>(found(cng)));
    CHECK(found(answerTone(level, false, false)) == FaxTone::ced, "%.0f", level);
    CHECK(found(answerTone(level, true, false)) == FaxTone::ansam, "%.0f", level);
    CHECK(found(answerTone(level, true, true)) == FaxTone::ansam, "%.0f", level);
    CHECK(found(preamble(level)) == FaxTone::v21, "%.0f: %d", level, static_cast<int>(found(preamble(level))));
  }
});

TEST("within their tolerances: 1100 ± 38 Hz, 2100 ± 15 Hz", {
  for (const double hz : {1062.0, 1138.0}) {
    Samples cng(16000, 0);
    addTo(cng, sine(8000, hz, -15, 4000), 4000);
    CHECK(found(cng) == FaxTone::cng, "%.0f Hz", hz);
  }
  CHECK(found(sine(8000, 2085, -15, 24000)) == FaxTone::ced);
  CHECK(found(sine(8000, 2115, -15, 24000)) == FaxTone::ced);
});

TEST("a repeated burst is told once; another tone after it is told again", {
  FaxDetector detector;
  int times = 0;
  Samples calling(8000 * 8, 0);
  addTo(calling, sine(8000, 1100, -15, 4000), 4000);
  addTo(calling, sine(8000, 1100, -15, 4000), 32000);
  for (size_t at = 0; at < calling.size(); at += 160) times += detector.process(&calling[at], 160) == FaxTone::cng ? 1 : 0;
  CHECK(times == 1, "%d", times);
  bool answered = false;
  const Samples answer = answerTone(-15, false, false);
  for (size_t at = 0; at < answer.size(); at += 160) {
    const FaxTone tone = detector.process(&answer[at], 160);
    answered = answered || tone == FaxTone::ced;
  }
  CHECK(answered);
});

TEST("speech, noise, dial tone, ring-back and digits are none of them", {
  CHECK(found(speechLike(8000, 8000 * 120, 17, -12)) == FaxTone::none);
  CHECK(found(noise(-15, 8000 * 30, 3)) == FaxTone::none);
  for (const auto& [low, high] : {std::pair<double, double>{350, 440}, {440, 480}, {480, 620}, {697, 1209}, {941, 1633}}) {
    Samples tone = sine(8000, low, -13, 40000);
    addTo(tone, sine(8000, high, -13, 40000));
    CHECK(found(tone) == FaxTone::none, "%.0f+%.0f", low, high);
  }
  CHECK(found(sine(8000, 425, -10, 40000)) == FaxTone::none);
  CHECK(found(sine(8000, 1000, -10, 40000)) == FaxTone::none);
});

}  // namespace

TEST_MAIN
