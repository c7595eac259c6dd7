// In-band digits (ITU-T Q.23, Q.24): detection by spandsp at 8 kHz, generation at any rate.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "dsp/tone.h"

struct dtmf_rx_state_s;

namespace holdfast {

struct DtmfEvent {
  enum class Kind : uint8_t { begin, end };
  Kind kind = Kind::begin;
  char digit = 0;       // 0-9 A-D * #
  double level = 0;     // dBm0 of the louder frequency's pair, as detected; at `begin`
  int durationMs = 0;   // at `end`, in steps of 12.75 ms (the detector's block)
};

class DtmfDetector {
 public:
  DtmfDetector();
  ~DtmfDetector();
  DtmfDetector(const DtmfDetector&) = delete;
  DtmfDetector& operator=(const DtmfDetector&) = delete;

  bool valid() const noexcept { return state_ != nullptr; }
  // 8 kHz samples; then ask `poll`.
  void process(const int16_t* samples, size_t count) noexcept;
  // Lost sound: a digit that is under way goes on.
  void skip(size_t count) noexcept;
  // The next event, oldest first.
  bool poll(DtmfEvent& event) noexcept;
  // A digit is sounding now; 0: none.
  char current() const noexcept { return current_; }

 private:
  static void report(void* self, int code, int level, int delay);
  void push(const DtmfEvent& event) noexcept;

  dtmf_rx_state_s* state_ = nullptr;
  std::array<DtmfEvent, 16> events_{};
  size_t first_ = 0;
  size_t queued_ = 0;
  char current_ = 0;
  int64_t position_ = 0;  // samples
  int64_t began_ = 0;
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
