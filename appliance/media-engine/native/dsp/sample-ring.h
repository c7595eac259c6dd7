#pragma once
// Samples from one thread to another without a lock: one writes, one reads.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <vector>

namespace holdfast {

class SampleRing {
 public:
  explicit SampleRing(size_t capacity) : samples_(capacity + 1) {}

  /** For the writing thread. */
  size_t room() const {
    const size_t head = head_.load(std::memory_order_relaxed);
    const size_t tail = tail_.load(std::memory_order_acquire);
    return (tail + samples_.size() - head - 1) % samples_.size();
  }
  /** Returns how many fitted. */
  size_t write(const int16_t* from, size_t count) {
    count = std::min(count, room());
    size_t head = head_.load(std::memory_order_relaxed);
    for (size_t index = 0; index < count; ++index) {
      samples_[head] = from[index];
      head = head + 1 == samples_.size() ? 0 : head + 1;
    }
    head_.store(head, std::memory_order_release);
    return count;
  }

  /** For the reading thread. */
  size_t waiting() const {
    const size_t head = head_.load(std::memory_order_acquire);
    const size_t tail = tail_.load(std::memory_order_relaxed);
    return (head + samples_.size() - tail) % samples_.size();
  }
  /** Returns how many there were. */
  size_t read(int16_t* into, size_t count) {
    count = std::min(count, waiting());
    size_t tail = tail_.load(std::memory_order_relaxed);
    for (size_t index = 0; index < count; ++index) {
      into[index] = samples_[tail];
      tail = tail + 1 == samples_.size() ? 0 : tail + 1;
    }
    tail_.store(tail, std::memory_order_release);
    return count;
  }

 private:
  std::vector<int16_t> samples_;
  std::atomic<size_t> head_{0};
  std::atomic<size_t> tail_{0};
};

}  // namespace holdfast
