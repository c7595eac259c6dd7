#include "dsp/g711.h"

#include <array>

#include "dsp/spandsp-library.h"

namespace holdfast {
namespace {

// G.191 STL, ulaw_expand and alaw_expand: 16-bit samples, of which µ-law fills 14 and A-law 13 bits.
constexpr int16_t expandMu(int code) {
  const int inverted = ~code & 0x7F;
  const int exponent = inverted >> 4;
  const int step = 4 << (exponent + 1);
  const int magnitude = (0x80 << exponent) + step * (inverted & 0xF) + step / 2 - 4 * 33;
  return static_cast<int16_t>((code & 0x80) != 0 ? magnitude : -magnitude);
}

constexpr int16_t expandA(int code) {
  const int bits = (code ^ 0x55) & 0x7F;
  const int exponent = bits >> 4;
  int mantissa = bits & 0xF;
  if (exponent > 0) mantissa += 16;
  mantissa = (mantissa << 4) + 8;
  if (exponent > 1) mantissa <<= exponent - 1;
  return static_cast<int16_t>((code & 0x80) != 0 ? mantissa : -mantissa);
}

constexpr uint8_t compressMu(int sample) {
  int magnitude = (sample < 0 ? ~sample >> 2 : sample >> 2) + 33;
  if (magnitude > 0x1FFF) magnitude = 0x1FFF;
  int segment = 1;
  for (int rest = magnitude >> 6; rest != 0; rest >>= 1) segment++;
  const int code = ((8 - segment) << 4) | (0xF - ((magnitude >> segment) & 0xF));
  return static_cast<uint8_t>(sample >= 0 ? code | 0x80 : code);
}

constexpr uint8_t compressA(int sample) {
  int code = sample < 0 ? ~sample >> 4 : sample >> 4;
  if (code > 15) {
    int exponent = 1;
    for (; code > 31; code >>= 1) exponent++;
    code += (exponent << 4) - 16;
  }
  return static_cast<uint8_t>((sample >= 0 ? code | 0x80 : code) ^ 0x55);
}

struct Tables {
  std::array<int16_t, 256> expandMu{};
  std::array<int16_t, 256> expandA{};
  std::array<uint8_t, 1 << 14> compressMu{};  // by the upper 14 bits
  std::array<uint8_t, 1 << 12> compressA{};   // by the upper 12 bits
};

constexpr Tables makeTables() {
  Tables tables;
  for (size_t code = 0; code < 256; code++) {
    tables.expandMu[code] = holdfast::expandMu(static_cast<int>(code));
    tables.expandA[code] = holdfast::expandA(static_cast<int>(code));
  }
  for (size_t index = 0; index < tables.compressMu.size(); index++) {
    tables.compressMu[index] = holdfast::compressMu(static_cast<int16_t>(index << 2));
  }
  for (size_t index = 0; index < tables.compressA.size(); index++) {
    tables.compressA[index] = holdfast::compressA(static_cast<int16_t>(index << 4));
  }
  return tables;
}

constexpr Tables g711Tables = makeTables();

struct Conversions {
  std::array<uint8_t, 256> muToA{};
  std::array<uint8_t, 256> aToMu{};
  Conversions() {
    // spandsp has the tables 3 and 4 of G.711; decoding and encoding again would differ from them in some codes.
    for (size_t code = 0; code < 256; code++) {
      muToA[code] = ulaw_to_alaw(static_cast<uint8_t>(code));
      aToMu[code] = alaw_to_ulaw(static_cast<uint8_t>(code));
    }
  }
};

const Conversions conversions;

}  // namespace

void g711Decode(Law law, const uint8_t* codes, size_t count, int16_t* samples) noexcept {
  const auto& table = law == Law::u ? g711Tables.expandMu : g711Tables.expandA;
  for (size_t i = 0; i < count; i++) samples[i] = table[codes[i]];
}

void g711Encode(Law law, const int16_t* samples, size_t count, uint8_t* codes) noexcept {
  if (law == Law::u) {
    for (size_t i = 0; i < count; i++) codes[i] = g711Tables.compressMu[static_cast<uint16_t>(samples[i]) >> 2];
  } else {
    for (size_t i = 0; i < count; i++) codes[i] = g711Tables.compressA[static_cast<uint16_t>(samples[i]) >> 4];
  }
}

void g711Convert(Law from, Law to, const uint8_t* codes, size_t count, uint8_t* out) noexcept {
  if (from == to) {
    for (size_t i = 0; i < count; i++) out[i] = codes[i];
    return;
  }
  const auto& table = from == Law::u ? conversions.muToA : conversions.aToMu;
  for (size_t i = 0; i < count; i++) out[i] = table[codes[i]];
}

}  // namespace holdfast
