// A fixed gain with saturation.
#pragma once

#include <cstddef>
#include <cstdint>

namespace holdfast {

class Gain {
 public:
  explicit Gain(double db = 0) noexcept { set(db); }
  void set(double db) noexcept;  // -60 to +30; 0 leaves samples as they are
  bool isUnity() const noexcept { return factor_ == unity; }
  void apply(int16_t* samples, size_t count) const noexcept;

 private:
  static constexpr int32_t unity = 1 << 12;
  int32_t factor_ = unity;
};

}  // namespace holdfast
