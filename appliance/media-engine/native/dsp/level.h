// Levels of samples in the trade's units.
#pragma once

#include <cstddef>
#include <cstdint>

namespace holdfast {

// A sine whose peaks are 32768 has 3.14 dBm0 (G.711 table 5, A-law; µ-law's 3.17 dBm0 is the same within 0.03 dB).
constexpr double fullScaleSineDbm0 = 3.14;

// Amplitude (peak) of a sine with this level.
double amplitudeOf(double dbm0) noexcept;
// Mean power of samples as the level of a sine with the same power, dBm0; silence is -100.
double levelOf(const int16_t* samples, size_t count) noexcept;
int16_t saturate(int32_t sample) noexcept;

inline int16_t saturate(int32_t sample) noexcept {
  if (sample > INT16_MAX) return INT16_MAX;
  if (sample < INT16_MIN) return INT16_MIN;
  return static_cast<int16_t>(sample);
}

}  // namespace holdfast
