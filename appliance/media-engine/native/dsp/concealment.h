// Makes up lost sound of codecs that cannot do it themselves, in the manner of G.711 appendix I: the last pitch period again and
// again, fading; but without its look-back delay, so what is joined is joined after the gap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace holdfast {

class Concealment {
 public:
  explicit Concealment(int sampleRate);
  // Sound that came: remembered; after a gap its beginning is blended with what was made up.
  void heard(int16_t* samples, size_t count) noexcept;
  void conceal(int16_t* samples, size_t count) noexcept;
  void reset() noexcept;

 private:
  void begin() noexcept;
  int16_t next() noexcept;

  size_t shortest_, longest_;  // pitch periods, samples
  size_t blend_;
  double fadePerSample_;
  size_t fadeFrom_;
  std::vector<int16_t> history_;  // the newest sample last
  std::vector<int16_t> period_;
  size_t pitch_ = 0;
  size_t offset_ = 0;
  size_t made_ = 0;  // samples in this gap; 0: none
};

// The lag between `shortest` and `longest` at which the last `span` samples before `end` are most like what was before them;
// `likeness`: their normalised correlation, -1 to 1. Needs `span + longest` samples before `end`.
size_t pitchLag(const int16_t* end, size_t span, size_t shortest, size_t longest, double& likeness) noexcept;

}  // namespace holdfast
