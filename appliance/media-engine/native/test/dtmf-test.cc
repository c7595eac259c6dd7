// Digits by the limits of ITU-T Q.23 and Q.24 (table A-1: AT&T and NTT values; the closer one where they differ).
#include "dsp/dtmf.h"

#include <string>

#include "test/check.h"
#include "test/signals.h"

using namespace holdfast;
using namespace holdfast::test;

namespace {

const std::string all = "123A456B789C*0#D";

struct Press {
  char digit = '5';
  double lowLevel = -10;
  double highLevel = -10;
  double lowDeviation = 0;  // as a fraction
  double highDeviation = 0;
  int onMs = 60;
  int offMs = 60;
  double noiseDbm0 = -100;
};

Samples pressed(const Press& press, int times, uint64_t seed = 1) {
  double low = 0;
  double high = 0;
  dtmfFrequencies(press.digit, low, high);
  const auto on = static_cast<size_t>(press.onMs * 8);
  const size_t period = on + static_cast<size_t>(press.offMs * 8);
  Samples out(800 + period * static_cast<size_t>(times) + 800, 0);
  Random random(seed);
  for (int i = 0; i < times; i++) {
    // Not in step with the detector's blocks.
    const size_t at = 800 + period * static_cast<size_t>(i) + (i == 0 ? static_cast<size_t>(random.next() * 102) : 0);
    addTo(out, sine(8000, low * (1 + press.lowDeviation), press.lowLevel, on, random.next() * 6), at);
    addTo(out, sine(8000, high * (1 + press.highDeviation), press.highLevel, on, random.next() * 6), at);
  }
  if (press.noiseDbm0 > -100) addTo(out, noise(press.noiseDbm0, out.size(), seed));
  return out;
}

std::string heard(const Samples& samples, std::vector<DtmfEvent>* events = nullptr) {
  DtmfDetector detector;
  std::string digits;
  DtmfEvent event;
  for (size_t at = 0; at < samples.size(); at += 80) {
    detector.process(&samples[at], std::min<size_t>(80, samples.size() - at));
    while (detector.poll(event)) {
      if (event.kind == DtmfEvent::Kind::begin) digits += event.digit;
      if (events != nullptr) events->push_back(event);
    }
  }
  return digits;
}

TEST("every digit, from its generator, with its length", {
  for (const char digit : all) {
    for (const int ms : {60, 100, 240}) {
      DtmfGenerator generator(8000);
      CHECK(generator.start(digit, ms, -9));
      Samples out(8000, 0);
      size_t made = 0;
      while (generator.generate(&out[1000 + made], 80)) made += 80;
      CHECK(made == static_cast<size_t>((ms + 50) * 8), "%zu", made);
      std::vector<DtmfEvent> events;
      CHECK(heard(out, &events) == std::string(1, digit), "%c %d ms: '%s'", digit, ms, heard(out).c_str());
      if (events.size() != 2) {
        CHECK(events.size() == 2, "%zu events", events.size());
        continue;
      }
      CHECK(events[1].kind == DtmfEvent::Kind::end && std::abs(events[1].durationMs - ms) <= 26, "%d ms: %d", ms,
            events[1].durationMs);
      double low = 0;
      double high = 0;
      dtmfFrequencies(digit, low, high);
      CHECK(std::abs(levelAt(&out[1000], static_cast<size_t>(ms * 8), 8000, low) + 9) < 0.3);
      CHECK(std::abs(levelAt(&out[1000], static_cast<size_t>(ms * 8), 8000, high) + 9) < 0.3);
    }
  }
  DtmfGenerator generator(8000);
  CHECK(!generator.start('E', 100) && !generator.start(0, 100) && !generator.start('1', 0) && !generator.active());
});

TEST("frequencies off by 1.5 % are accepted, by 3.5 % refused", {
  for (const char digit : all) {
    for (const int low : {-1, 1}) {
      for (const int high : {-1, 1}) {
        Press press;
        press.digit = digit;
        press.lowDeviation = 0.015 * low;
        press.highDeviation = 0.015 * high;
        const std::string got = heard(pressed(press, 5));
        CHECK(got == std::string(5, digit), "%c %+d %+d: '%s'", digit, low, high, got.c_str());
      }
      Press press;
      press.digit = digit;
      press.lowDeviation = 0.035 * low;
      CHECK(heard(pressed(press, 5)).empty(), "%c low %+d", digit, low);
      press.lowDeviation = 0;
      press.highDeviation = 0.035 * low;
      CHECK(heard(pressed(press, 5)).empty(), "%c high %+d", digit, low);
    }
  }
});

TEST("levels from 0 to -25 dBm0 per frequency; twist of 8 dB one way and 4 dB the other; none beyond 12 and 10", {
  for (const char digit : all) {
    for (const double level : {-1.0, -15.0, -25.0}) {
      Press press;
      press.digit = digit;
      press.lowLevel = press.highLevel = level;
      CHECK(heard(pressed(press, 3)) == std::string(3, digit), "%c at %.0f dBm0", digit, level);
    }
    Press press;
    press.digit = digit;
    press.lowLevel = -8;
    press.highLevel = -15.5;
    CHECK(heard(pressed(press, 3)) == std::string(3, digit), "%c: low 7.5 dB louder", digit);
    press.lowLevel = -14;
    press.highLevel = -10.5;
    CHECK(heard(pressed(press, 3)) == std::string(3, digit), "%c: high 3.5 dB louder", digit);
    press.lowLevel = -8;
    press.highLevel = -20;
    CHECK(heard(pressed(press, 3)).empty(), "%c: low 12 dB louder", digit);
    press.lowLevel = -20;
    press.highLevel = -10;
    CHECK(heard(pressed(press, 3)).empty(), "%c: high 10 dB louder", digit);
  }
});

TEST("40 ms on and 40 ms off are digits; 20 ms is none, and 10 ms of pause ends none", {
  for (const char digit : all) {
    Press press;
    press.digit = digit;
    press.onMs = 40;
    press.offMs = 45;
    int found = 0;
    for (uint64_t seed = 1; seed <= 10; seed++) found += static_cast<int>(heard(pressed(press, 10, seed)).size());
    CHECK(found == 100, "%c: %d of 100", digit, found);
    press.onMs = 20;
    press.offMs = 100;
    found = 0;
    for (uint64_t seed = 1; seed <= 10; seed++) found += static_cast<int>(heard(pressed(press, 10, seed)).size());
    CHECK(found == 0, "%c: %d of 20 ms", digit, found);
  }
  Press press;
  Samples broken = pressed(press, 1);
  press.onMs = 150;
  broken = pressed(press, 1);
  // A gap of 5 ms in the middle of a digit.
  std::fill(broken.begin() + 1400, broken.begin() + 1440, int16_t{0});
  CHECK(heard(broken) == "5", "'%s'", heard(broken).c_str());
});

TEST("with noise 15 dB below the digit 999 of 1000 are found", {
  int right = 0;
  int wrong = 0;
  for (uint64_t seed = 1; seed <= 20; seed++) {
    for (const char digit : all) {
      Press press;
      press.digit = digit;
      press.noiseDbm0 = -10 + 3 - 15;
      const std::string got = heard(pressed(press, 5, seed));
      for (const char each : got) (each == digit ? right : wrong)++;
    }
  }
  CHECK(right >= 1598 && wrong == 0, "%d of 1600, %d wrong", right, wrong);
});

TEST("talk-off: five minutes of what sounds like speech, and noise and tones, give no digit", {
  const std::string got = heard(speechLike(8000, 8000 * 300, 99, -12));
  CHECK(got.empty(), "'%s'", got.c_str());
  CHECK(heard(noise(-15, 8000 * 60, 4)).empty());
  Samples dial = sine(8000, 350, -13, 80000);
  addTo(dial, sine(8000, 440, -13, 80000));
  CHECK(heard(dial).empty());
  CHECK(heard(sine(8000, 1336, -5, 80000)).empty());
});

TEST("a digit goes on through lost sound, and a new digit ends the one before", {
  Press press;
  press.onMs = 200;
  const Samples samples = pressed(press, 1);
  DtmfDetector detector;
  detector.process(samples.data(), 1400);
  detector.skip(160);
  detector.process(&samples[1560], samples.size() - 1560);
  DtmfEvent event;
  CHECK(detector.poll(event) && event.kind == DtmfEvent::Kind::begin && event.digit == '5');
  CHECK(detector.poll(event) && event.kind == DtmfEvent::Kind::end && std::abs(event.durationMs - 200) <= 26, "%d",
        event.durationMs);
  CHECK(!detector.poll(event));
  CHECK(detector.current() == 0);
});

}  // namespace

TEST_MAIN
