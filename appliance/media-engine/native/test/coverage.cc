#include "coverage.h"

namespace holdfast::test {

Coverage& coverage() {
  static Coverage all;
  return all;
}

}  // namespace holdfast::test

/** Called by every block of the instrumented files. */
extern "C" void __sanitizer_cov_trace_pc() {
  static holdfast::test::Coverage& all = holdfast::test::coverage();
  if (!all.on) return;
  const auto here = reinterpret_cast<uintptr_t>(__builtin_return_address(0));
  const uintptr_t edge = (here >> 1) ^ (all.last * 31);
  all.last = here;
  uint8_t& hits = all.hits[edge % holdfast::test::coverageSize];
  if (hits < 255) ++hits;
}
