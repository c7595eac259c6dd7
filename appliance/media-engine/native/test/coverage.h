#pragma once
// Which branches of the engine were taken, by gcc's trace-pc: filled in while a fuzz program runs, else left alone.
#include <cstddef>
#include <cstdint>

namespace holdfast::test {

constexpr size_t coverageSize = 1 << 16;

/** Counts of taken edges, hashed; reset before an input, looked at after it. */
struct Coverage {
  bool on = false;
  uintptr_t last = 0;
  uint8_t hits[coverageSize] = {};
};

Coverage& coverage();

}  // namespace holdfast::test
