// G.711 against ITU-T G.711 tables 1a-2b: their segments and decision values, written out here apart from the product's formulae.
#include "dsp/g711.h"

#include <array>
#include <cstdlib>

#include "dsp/codec.h"
#include "test/check.h"
#include "test/signals.h"

using namespace holdfast;
using namespace holdfast::test;

namespace {

// Table 2a/2b: by segment the first decision value and the interval, on the scale of 8159; values at output are the middles.
int muValue(int code) {
  static const int start[8] = {0, 31, 95, 223, 479, 991, 2015, 4063};
  const int inverted = ~code & 0x7F;
  const int segment = inverted >> 4;
  const int step = inverted & 0xF;
  const int interval = 2 << segment;
  // The first interval is half as wide: 0 to 1, then 1 to 3 …
  int value = segment == 0 ? step * 2 : start[segment] + step * interval + interval / 2;
  return (code & 0x80) != 0 ? value : -value;
}

// Table 1a/1b on the scale of 4096: 13 segments, the first two of interval 2.
int aValue(int code) {
  const int bits = (code ^ 0x55) & 0x7F;
  const int segment = bits >> 4;
  const int step = bits & 0xF;
  const int interval = segment < 2 ? 2 : 1 << segment;
  const int start = segment == 0 ? 0 : 16 << segment;
  const int value = start + step * interval + interval / 2;
  return (code & 0x80) != 0 ? value : -value;
}

TEST("every code of both laws decodes to the table's value", {
  for (int code = 0; code < 256; code++) {
    const auto byte = static_cast<uint8_t>(code);
    int16_t sample = 0;
    g711Decode(Law::u, &byte, 1, &sample);
    CHECK(sample == muValue(code) * 4, "µ 0x%02x: %d, table %d", code, sample, muValue(code) * 4);
    g711Decode(Law::a, &byte, 1, &sample);
    CHECK(sample == aValue(code) * 8, "A 0x%02x: %d, table %d", code, sample, aValue(code) * 8);
  }
});

TEST("known codes: silence, full scale, the ends of the tables", {
  const std::array<uint8_t, 6> mu = {0xFF, 0x7F, 0x80, 0x00, 0xEF, 0x8F};
  const std::array<int, 6> muSamples = {0, 0, 32124, -32124, 132, 16764};
  const std::array<uint8_t, 4> a = {0xD5, 0x55, 0xAA, 0x2A};
  const std::array<int, 4> aSamples = {8, -8, 32256, -32256};
  for (size_t i = 0; i < mu.size(); i++) {
    int16_t sample = 1;
    g711Decode(Law::u, &mu[i], 1, &sample);
    CHECK(sample == muSamples[i], "µ 0x%02x: %d", mu[i], sample);
  }
  for (size_t i = 0; i < a.size(); i++) {
    int16_t sample = 1;
    g711Decode(Law::a, &a[i], 1, &sample);
    CHECK(sample == aSamples[i], "A 0x%02x: %d", a[i], sample);
  }
});

TEST("every code comes back from encoding what it decodes to", {
  for (const Law law : {Law::u, Law::a}) {
    for (int code = 0; code < 256; code++) {
      const auto byte = static_cast<uint8_t>(code);
      int16_t sample = 0;
      uint8_t again = 0;
      g711Decode(law, &byte, 1, &sample);
      g711Encode(law, &sample, 1, &again);
      // µ-law has two zeros: 0x7F is the negative one.
      const uint8_t expected = law == Law::u && byte == 0x7F ? 0xFF : byte;
      CHECK(again == expected, "law %d: 0x%02x became 0x%02x", static_cast<int>(law), byte, again);
    }
  }
});

TEST("every sample is coded within half an interval of its segment, and a greater one never lower", {
  for (const Law law : {Law::u, Law::a}) {
    // The laws look at 14 and 13 bits: below that nothing is told apart.
    const int resolution = law == Law::u ? 4 : 8;
    int previous = INT32_MIN;
    for (int sample = -32768; sample <= 32767; sample++) {
      const auto in = static_cast<int16_t>(sample);
      uint8_t code = 0;
      int16_t decoded = 0;
      g711Encode(law, &in, 1, &code);
      g711Decode(law, &code, 1, &decoded);
      CHECK(decoded >= previous, "law %d: not monotonic at %d", static_cast<int>(law), sample);
      previous = decoded;
      const int segment = (law == Law::u ? ~code & 0x7F : (code ^ 0x55) & 0x7F) >> 4;
      const int half = law == Law::u ? 4 << segment : (segment < 2 ? 8 : 4 << segment);
      const int clipped = std::min(std::max(sample, -32635), 32635);
      CHECK(std::abs(decoded - clipped) <= half + resolution, "law %d: %d coded as %d", static_cast<int>(law), sample,
            decoded);
    }
  }
});

TEST("the other law's code by tables 3 and 4 is at most one step from decoding and coding again", {
  for (int code = 0; code < 256; code++) {
    const auto byte = static_cast<uint8_t>(code);
    for (const Law from : {Law::u, Law::a}) {
      const Law to = from == Law::u ? Law::a : Law::u;
      int16_t sample = 0;
      uint8_t again = 0;
      uint8_t converted = 0;
      g711Decode(from, &byte, 1, &sample);
      g711Encode(to, &sample, 1, &again);
      g711Convert(from, to, &byte, 1, &converted);
      const int mask = to == Law::a ? 0x55 : 0;
      const int apart = std::abs(((converted ^ mask) & 0x7F) - ((again ^ mask) & 0x7F));
      CHECK(apart <= 1 && (sample == 0 || ((converted ^ again) & 0x80) == 0), "0x%02x: 0x%02x, not 0x%02x", byte, converted, again);
    }
  }
  // G.711 §3.3: µ to A to µ keeps all but the lowest codes.
  const std::array<uint8_t, 5> kept = {0x80, 0x8F, 0xA0, 0x00, 0x20};
  for (const uint8_t code : kept) {
    uint8_t there = 0;
    uint8_t back = 0;
    g711Convert(Law::u, Law::a, &code, 1, &there);
    g711Convert(Law::a, Law::u, &there, 1, &back);
    CHECK(std::abs((back & 0x7F) - (code & 0x7F)) <= 1, "0x%02x came back as 0x%02x", code, back);
  }
});

TEST("a sine of 0 dBm0 is the sequence of G.711 tables 5 and 6", {
  const std::array<uint8_t, 8> mu = {0x1E, 0x0B, 0x0B, 0x1E, 0x9E, 0x8B, 0x8B, 0x9E};
  const std::array<uint8_t, 8> a = {0x34, 0x21, 0x21, 0x34, 0xB4, 0xA1, 0xA1, 0xB4};
  for (const Law law : {Law::u, Law::a}) {
    Samples decoded(8000);
    for (size_t i = 0; i < decoded.size(); i++) g711Decode(law, law == Law::u ? &mu[i % 8] : &a[i % 8], 1, &decoded[i]);
    const double level = levelAt(decoded, 8000, 1000);
    // Level is counted by A-law's overload point; µ-law's is 0.03 dB higher.
    CHECK(std::abs(level) < 0.08, "law %d: %.3f dBm0", static_cast<int>(law), level);
  }
});

TEST("as codecs: payloads are the codes, odd lengths of L16 are refused, gaps are filled with what was heard", {
  CodecSettings settings;
  auto encoder = makeEncoder(settings);
  auto decoder = makeDecoder(settings);
  const Samples tone = sine(8000, 400, -10, 800);
  Samples heard;
  uint8_t payload[160];
  int16_t out[160];
  for (size_t at = 0; at < 800; at += 160) {
    CHECK(encoder->encode(&tone[at], 160, payload, sizeof payload) == 160);
    if (at == 320) {
      decoder->conceal(out, 160);
    } else {
      CHECK(decoder->decode(payload, 160, out, 160) == 160);
    }
    heard.insert(heard.end(), out, out + 160);
  }
  // 400 Hz has a period of 20 samples: what is made up for 10 ms is the tone itself.
  CHECK(std::abs(levelAt(&heard[320], 80, 8000, 400) + 10) < 1, "%.1f", levelAt(&heard[320], 80, 8000, 400));
  CHECK(levelOf(&heard[360], 120) > -16, "%.1f", levelOf(&heard[360], 120));
  CHECK(encoder->encode(tone.data(), 160, payload, 100) == 0);
  settings.kind = CodecKind::l16;
  auto wide = makeDecoder(settings);
  const uint8_t big[3] = {0x12, 0x34, 0x56};
  CHECK(wide->decode(big, 3, out, 160) == 0);
  CHECK(wide->decode(big, 2, out, 160) == 1 && out[0] == 0x1234);
  settings.sampleRate = 44100;
  CHECK(makeDecoder(settings) == nullptr);
});

}  // namespace

TEST_MAIN
