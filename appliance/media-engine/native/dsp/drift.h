// Two clocks that should be the same: by how much they differ, and samples of one made fit for the other.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace holdfast {

// Slope between a sender's clock and ours, from times at which things of a known age came: delays only ever add, so the least
// delay of each second tells the clocks.
class DriftEstimator {
 public:
  // Both µs on their own clocks, in any order of arrival.
  void add(int64_t theirs, int64_t ours) noexcept;
  // How much faster their clock is than ours; 0 until `settled`.
  double ppm() const noexcept { return ppm_; }
  // At least ten seconds were seen.
  bool settled() const noexcept { return seconds_ >= fewest; }
  void reset() noexcept;

 private:
  static constexpr size_t secondsKept = 64;  // the slope is of the last minute
  static constexpr size_t fewest = 10;
  static constexpr int warmingSeconds = 2;
  void fit() noexcept;

  struct Second {
    int64_t ours = 0;
    int64_t offset = 0;
  };
  std::array<Second, secondsKept> history_{};
  size_t seconds_ = 0;
  size_t newest_ = 0;
  bool started_ = false;
  int warming_ = warmingSeconds;  // seconds that do not count yet
  int64_t secondBegan_ = 0;
  Second least_{};
  int64_t base_ = 0;
  double ppm_ = 0;
};

// Changes the rate of a stream by parts per million: a short filter that stands anywhere between two samples. It looks ahead as little
// as it can, so that what it is used for is hardly later for it: 2-3 samples.
class FractionalResampler {
 public:
  // Positive: the input's clock is faster, so fewer samples come out than go in.
  void setPpm(double ppm) noexcept;
  double ppm() const noexcept { return ppm_; }
  // Samples of input that `produce(count)` needs now.
  size_t inputFor(size_t count) const noexcept;
  // Makes `count` samples of exactly `inputFor(count)`.
  void produce(const int16_t* in, int16_t* out, size_t count) noexcept;
  void reset() noexcept;

 private:
  static constexpr size_t tapCount = 16;
  double ppm_ = 0;
  double position_ = 0;  // 0-1 between two samples
  std::array<int16_t, tapCount> history_{};
};

}  // namespace holdfast
