// In-band digits (ITU-T Q.23, Q.24): detection at 8 kHz, generation at any rate. spandsp's detector refuses some digits that are
// 1.5 % off and takes some that are 3.5 % off: its blocks are too short to tell; here the phase from window to window tells.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "dsp/tone.h"

#include "dsp/sliding-window.h"

namespace holdfast {

struct DtmfEvent {
  enum class Kind : uint8_t { begin, end };
  Kind kind = Kind::begin;
  char digit = 0;       // 0-9 A-D * #
  double level = 0;     // dBm0 of both frequencies together; at `begin`
  int durationMs = 0;   // at `end`, within 7 ms
};

class DtmfDetector {
 public:
  DtmfDetector();

  // 8 kHz samples; then ask `poll`.
  void process(const int16_t* samples, size_t count) noexcept;
  // Lost sound: a digit that is under way goes on.
  void skip(size_t count) noexcept;
  // The next event, oldest first.
  bool poll(DtmfEvent& event) noexcept;
  // A digit is sounding now; 0: none.
  char current() const noexcept { return current_; }

 private:
  static constexpr size_t window = 102;  // samples: 12.75 ms
  static constexpr size_t hop = window / 2;
  static constexpr size_t frequencyCount = 8;
  struct Phasor {
    float re = 0, im = 0;
    float power() const { return re * re + im * im; }
  };
  // What a window holds: the strongest of the rows and of the columns.
  struct Finding {
    char digit = 0;
    Phasor low, high;
  };

  Finding look() noexcept;
  void judge(const Finding& finding) noexcept;
  bool steady() const noexcept;
  void finish() noexcept;
  void push(const DtmfEvent& event) noexcept;

  SlidingWindow<window, hop> heard_;
  Finding last_;
  char candidate_ = 0;   // what the last windows agree on
  int hits_ = 0;
  int misses_ = 0;
  Phasor lowTurn_, highTurn_;  // by how much the phases ran ahead of the digit's frequencies, summed
  float turnedLow_ = 0;         // the sums' lengths, had all turns been the same
  float turnedHigh_ = 0;
  std::array<float, 2> least_{}, most_{};  // powers since the third window
  int64_t hops_ = 0;
  int64_t firstHit_ = 0;
  int64_t lastHit_ = 0;
  char current_ = 0;
  std::array<DtmfEvent, 16> events_{};
  size_t first_ = 0;
  size_t queued_ = 0;
};

class DtmfGenerator {
 public:
  explicit DtmfGenerator(int sampleRate);
  // `level`: of each frequency, dBm0. False: no such digit. A pause of at least 50 ms follows (Q.24).
  bool start(char digit, int durationMs, double level = -9);
  // False: no digit is being generated, and `samples` are untouched. Else overwrites them.
  bool generate(int16_t* samples, size_t count) noexcept;
  bool active() const noexcept { return !generator_.done(); }

 private:
  ToneGenerator generator_;
  Tone digit_;  // the digit and its pause
};

// Frequencies of a digit, Hz; false: none.
bool dtmfFrequencies(char digit, double& low, double& high) noexcept;

}  // namespace holdfast
