#include "dsp/level.h"

#include <cmath>

namespace holdfast {
namespace {
constexpr double silentLevel = -100;
constexpr double fullScale = 32768;
}  // namespace

double amplitudeOf(double dbm0) noexcept { return fullScale * std::pow(10.0, (dbm0 - fullScaleSineDbm0) / 20); }

double levelOf(const int16_t* samples, size_t count) noexcept {
  double power = 0;
  for (size_t i = 0; i < count; i++) power += static_cast<double>(samples[i]) * samples[i];
  if (count == 0 || power == 0) return silentLevel;
  // A sine's mean power is half its peak's square.
  const double sine = fullScale * fullScale / 2;
  const double level = 10 * std::log10(power / static_cast<double>(count) / sine) + fullScaleSineDbm0;
  return level < silentLevel ? silentLevel : level;
}

}  // namespace holdfast
