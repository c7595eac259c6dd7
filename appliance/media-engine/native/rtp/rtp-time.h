#pragma once
// Time of the monotonic clock. Only the engine's thread reads a clock; everything else is told the time.
#include <cstdint>

namespace holdfast {

using Nanoseconds = int64_t;

constexpr Nanoseconds milliseconds(int64_t count) { return count * 1'000'000; }
constexpr Nanoseconds seconds(int64_t count) { return count * 1'000'000'000; }

/** Ticks of an RTP clock in a span of time. */
constexpr uint32_t ticksOf(Nanoseconds span, uint32_t clockRate) {
  // Whole seconds apart from the rest, so that a day at 48 kHz does not overflow.
  return static_cast<uint32_t>((span / seconds(1)) * clockRate + (span % seconds(1)) * clockRate / seconds(1));
}

}  // namespace holdfast
