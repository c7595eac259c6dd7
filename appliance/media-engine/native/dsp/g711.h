// ITU-T G.711 by tables made from the formulae of G.191 at compile time.
#pragma once

#include <cstddef>
#include <cstdint>

namespace holdfast {

enum class Law : uint8_t { u, a };

// What an idle channel carries.
constexpr uint8_t idleCode(Law law) { return law == Law::u ? 0xFF : 0xD5; }

void g711Decode(Law law, const uint8_t* codes, size_t count, int16_t* samples) noexcept;
void g711Encode(Law law, const int16_t* samples, size_t count, uint8_t* codes) noexcept;
// G.711 §3: the code of the other law, without a detour over rounding twice.
void g711Convert(Law from, Law to, const uint8_t* codes, size_t count, uint8_t* out) noexcept;

}  // namespace holdfast
