#include "dsp/time-scale.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "dsp/concealment.h"
#include "dsp/level.h"

namespace holdfast {
namespace {

constexpr double silentDbm0 = -50;
constexpr double leastLikeness = 0.75;
// Voiced speech changes from period to period; what repeats itself this exactly is a tone, or several.
constexpr double tonal = 0.99;
constexpr int highestPitchHz = 400;
constexpr int blendMs = 2;

// Goes over from `from` to `to` within `count` samples, written to `out` (which may be either).
void blend(const int16_t* from, const int16_t* to, int16_t* out, size_t count) noexcept {
  for (size_t i = 0; i < count; i++) {
    const double part = static_cast<double>(i + 1) / static_cast<double>(count + 1);
    out[i] = saturate(static_cast<int32_t>(std::lrint((1 - part) * from[i] + part * to[i])));
  }
}

}  // namespace

TimeScale::TimeScale(int sampleRate) noexcept
    : shortest_(static_cast<size_t>(sampleRate / highestPitchHz)),
      longest_(static_cast<size_t>(sampleRate / 100)),
      blend_(static_cast<size_t>(sampleRate / 1000 * blendMs)) {}

bool TimeScale::isSilent(const int16_t* samples, size_t count) noexcept { return levelOf(samples, count) < silentDbm0; }

size_t TimeScale::shorten(int16_t* samples, size_t count, size_t most) const noexcept {
  if (isSilent(samples, count)) {
    if (count < 3 * blend_) return count;
    const size_t out = std::min(most, count - 2 * blend_);
    const size_t at = (count - out - blend_) / 2;
    blend(samples + at, samples + at + out, samples + at, blend_);
    const size_t rest = at + blend_ + out;
    std::memmove(samples + at + blend_, samples + rest, (count - rest) * sizeof(int16_t));
    return count - out;
  }
  // Two periods that follow one another become one.
  const size_t longest = std::min({longest_, count / 2, most});
  if (longest <= shortest_) return count;
  double likeness = 0;
  const size_t lag = pitchLag(samples + count, count - longest, shortest_, longest, likeness);
  if (likeness < leastLikeness || likeness > tonal) return count;
  const size_t at = count - 2 * lag;
  blend(samples + at, samples + at + lag, samples + at, lag);
  return count - lag;
}

size_t TimeScale::lengthen(int16_t* samples, size_t count, size_t most) const noexcept {
  if (count < 2 * blend_ || !isSilent(samples, count)) return count;
  // The end once more, blended in.
  const size_t in = std::min(most, count - blend_);
  std::memmove(samples + count, samples + (count - in), in * sizeof(int16_t));
  int16_t* seam = samples + count - blend_;
  blend(seam, samples + (count - in - blend_), seam, blend_);
  return count + in;
}

}  // namespace holdfast
