#pragma once
// Losses as the ear minds them, in bursts or apart: RFC 3611 §4.7.2 with the model of its appendix A.2.
#include <cstdint>

namespace holdfast {

class BurstMetrics {
 public:
  struct Figures {
    /** Fractions lost within bursts and within gaps, 0-1. */
    double burstDensity;
    double gapDensity;
    double burstMs;
    double gapMs;
  };
  /** Fewer packets between two losses: they belong to one burst. */
  static constexpr uint32_t gmin = 16;

  void received() { ++good_; }
  void lost(uint32_t count);
  Figures figures(double packetMs) const;

 private:
  void lose();

  /** Packets received since the last loss. */
  uint32_t good_ = 0;
  uint32_t lostInBurst_ = 0;
  bool first_ = true;
  /** Transitions: 1 gap, received; 2 burst, received; 3 burst, lost; 4 gap, lost. */
  double c11_ = 0, c13_ = 0, c14_ = 0, c22_ = 0, c23_ = 0, c33_ = 0;
};

}  // namespace holdfast
