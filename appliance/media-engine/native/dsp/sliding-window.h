#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace holdfast {

// Samples in windows of `length` that begin `hop` after one another.
template <size_t length, size_t hop>
class SlidingWindow {
 public:
  // Calls `look(samples)` for each whole window.
  template <typename Look>
  void take(const int16_t* samples, size_t count, Look look) noexcept {
    while (count > 0) {
      const size_t part = std::min(count, length - filled_);
      for (size_t i = 0; i < part; i++) samples_[filled_ + i] = samples[i];
      filled_ += part;
      samples += part;
      count -= part;
      if (filled_ < length) return;
      look();
      std::memmove(samples_.data(), samples_.data() + hop, (length - hop) * sizeof(float));
      filled_ = length - hop;
    }
  }

  const std::array<float, length>& samples() const noexcept { return samples_; }

 private:
  std::array<float, length> samples_{};
  size_t filled_ = 0;
};

}  // namespace holdfast
