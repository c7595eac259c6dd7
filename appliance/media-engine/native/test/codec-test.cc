// G.722 and Opus by what comes out: level, signal to noise, bandwidth, redundancy. The ITU's G.722 vectors are not free to copy:
// spandsp, which passes them, is the reference of its bits; here the sound is judged.
#include "dsp/codec.h"

#include <algorithm>
#include <cstring>

#include "test/check.h"
#include "test/signals.h"

using namespace holdfast;
using namespace holdfast::test;

namespace {

CodecSettings of(CodecKind kind, int rate, int packetMs = 20) {
  CodecSettings settings;
  settings.kind = kind;
  settings.sampleRate = rate;
  settings.packetMs = packetMs;
  return settings;
}

using Payload = std::vector<uint8_t>;

std::vector<Payload> encodeAll(Encoder& encoder, const Samples& samples) {
  std::vector<Payload> packets;
  uint8_t buffer[maxPayloadBytes];
  const size_t frame = encoder.frameSamples();
  for (size_t at = 0; at + frame <= samples.size(); at += frame) {
    const size_t bytes = encoder.encode(&samples[at], frame, buffer, sizeof buffer);
    CHECK(bytes > 0, "at %zu", at);
    packets.emplace_back(buffer, buffer + bytes);
  }
  return packets;
}

Samples decodeAll(Decoder& decoder, const std::vector<Payload>& packets) {
  Samples all;
  int16_t buffer[maxFrameSamples];
  for (const Payload& packet : packets) {
    const size_t count = decoder.decode(packet.data(), packet.size(), buffer, maxFrameSamples);
    CHECK(count == decoder.duration(packet.data(), packet.size()));
    all.insert(all.end(), buffer, buffer + count);
  }
  return all;
}

Samples roundTrip(const CodecSettings& settings, const Samples& samples) {
  return decodeAll(*makeDecoder(settings), encodeAll(*makeEncoder(settings), samples));
}

TEST("what is supported, and what is not", {
  CHECK(isCodecSupported(of(CodecKind::opus, 8000)) && isCodecSupported(of(CodecKind::opus, 48000, 60)));
  CHECK(!isCodecSupported(of(CodecKind::opus, 8000, 30)) && !isCodecSupported(of(CodecKind::opus, 44100)));
  CHECK(!isCodecSupported(of(CodecKind::pcmu, 16000)) && !isCodecSupported(of(CodecKind::g722, 48000)));
  CHECK(!isCodecSupported(of(CodecKind::pcmu, 8000, 5)) && !isCodecSupported(of(CodecKind::pcmu, 8000, 70)));
  CHECK(makeEncoder(of(CodecKind::opus, 8000, 30)) == nullptr);
  CHECK(makeDecoder(of(CodecKind::opus, 8000, 30)) != nullptr, "decoders take any packet time");
});

TEST("G.722: frequency response within 1 dB from 100 to 6500 Hz, 64 kbit/s, signal to noise", {
  for (const double hz : {100.0, 300.0, 1020.0, 2000.0, 3400.0, 5000.0, 6500.0}) {
    const Samples in = sine(16000, hz, -10, 16000);
    const Samples out = roundTrip(of(CodecKind::g722, 16000), in);
    CHECK(out.size() == in.size());
    const double level = levelAt(&out[1600], 12800, 16000, hz);
    CHECK(std::abs(level + 10) < 1, "%.0f Hz: %.2f dBm0", hz, level);
  }
  auto encoder = makeEncoder(of(CodecKind::g722, 16000));
  const auto packets = encodeAll(*encoder, sine(16000, 1020, -10, 1600));
  CHECK(packets[0].size() == 160, "%zu", packets[0].size());
  const Samples speech = speechLike(16000, 48000, 7);
  const Samples heard = roundTrip(of(CodecKind::g722, 16000), speech);
  const size_t delay = bestDelay(speech, heard, 40, 3200);
  // Two QMF banks of 24 taps: 22 samples.
  CHECK(delay >= 20 && delay <= 24, "%zu", delay);
  CHECK(snr(speech, heard, delay, 3200) > 20, "%.1f dB", snr(speech, heard, delay, 3200));
});

TEST("G.722: silence stays silence, full scale does not overflow into its opposite", {
  const Samples quiet = roundTrip(of(CodecKind::g722, 16000), Samples(8000, 0));
  CHECK(levelOf(&quiet[1600], 6400) < -60, "%.1f", levelOf(&quiet[1600], 6400));
  const Samples loud = sine(16000, 1000, 3, 16000);
  const Samples heard = roundTrip(of(CodecKind::g722, 16000), loud);
  const size_t delay = bestDelay(loud, heard, 40, 1600);
  CHECK(snr(loud, heard, delay, 1600) > 20, "%.1f dB", snr(loud, heard, delay, 1600));
});

TEST("G.722 sampled at 8 kHz talks with G.722 sampled at 16 kHz", {
  for (const double hz : {300.0, 1020.0, 3000.0}) {
    const auto narrow = encodeAll(*makeEncoder(of(CodecKind::g722, 8000)), sine(8000, hz, -10, 8000));
    CHECK(narrow[0].size() == 160);
    const Samples wide = decodeAll(*makeDecoder(of(CodecKind::g722, 16000)), narrow);
    CHECK(std::abs(levelAt(&wide[1600], 12800, 16000, hz) + 10) < 1.5, "%.0f Hz to wide: %.2f", hz,
          levelAt(&wide[1600], 12800, 16000, hz));
    const auto full = encodeAll(*makeEncoder(of(CodecKind::g722, 16000)), sine(16000, hz, -10, 16000));
    const Samples down = decodeAll(*makeDecoder(of(CodecKind::g722, 8000)), full);
    CHECK(std::abs(levelAt(&down[800], 6400, 8000, hz) + 10) < 1.5, "%.0f Hz to narrow: %.2f", hz,
          levelAt(&down[800], 6400, 8000, hz));
  }
});

TEST("Opus: tones and speech through at 8, 16 and 48 kHz, at every complexity", {
  for (const int rate : {8000, 16000, 48000}) {
    for (const int complexity : {0, 5, 10}) {
      CodecSettings settings = of(CodecKind::opus, rate);
      settings.complexity = complexity;
      const Samples out = roundTrip(settings, sine(rate, 1020, -10, static_cast<size_t>(rate)));
      const double level = levelAt(&out[static_cast<size_t>(rate) / 4], static_cast<size_t>(rate) / 2, rate, 1020);
      CHECK(std::abs(level + 10) < 1, "%d Hz, complexity %d: %.2f dBm0", rate, complexity, level);
      const Samples speech = speechLike(rate, static_cast<size_t>(rate) * 3, 11);
      const Samples heard = roundTrip(settings, speech);
      const auto most = static_cast<size_t>(rate / 100);
      const size_t delay = bestDelay(speech, heard, most, static_cast<size_t>(rate) / 2);
      const double ratio = snr(speech, heard, delay, static_cast<size_t>(rate) / 2);
      CHECK(ratio > 5, "%d Hz, complexity %d: %.1f dB, %zu samples late", rate, complexity, ratio, delay);
    }
  }
});

/** RFC 6716 §3.1: of 32 configurations the upper half is CELT alone. */
size_t celtPackets(const std::vector<Payload>& packets) {
  return static_cast<size_t>(std::count_if(packets.begin(), packets.end(), [](const Payload& each) { return each[0] >= 0x80; }));
}

double snrOf(const CodecSettings& settings, const std::vector<Payload>& packets, const Samples& said) {
  const auto rate = static_cast<size_t>(settings.sampleRate);
  const Samples heard = decodeAll(*makeDecoder(settings), packets);
  return snr(said, heard, bestDelay(said, heard, rate / 100, rate / 2), rate / 2);
}

TEST("Opus at the lowest complexity is CELT, and sounds no worse", {
  for (const int rate : {8000, 16000}) {
    CodecSettings settings = of(CodecKind::opus, rate);
    settings.inbandFec = false;
    const Samples said = speechLike(rate, static_cast<size_t>(rate) * 4, 31);
    const auto usual = encodeAll(*makeEncoder(settings), said);
    settings.complexity = 0;
    const auto plain = encodeAll(*makeEncoder(settings), said);
    CHECK(celtPackets(usual) == 0 && celtPackets(plain) == plain.size());
    const double before = snrOf(settings, usual, said);
    const double now = snrOf(settings, plain, said);
    CHECK(now > before - 1, "%d Hz: %.1f dB, and at complexity 5 %.1f dB", rate, now, before);
  }
});

TEST("Opus at the lowest complexity keeps redundancy for who loses packets, and to the bit rate that the peer allows", {
  CodecSettings settings = of(CodecKind::opus, 8000);
  settings.complexity = 0;
  const Samples said = speechLike(8000, 16000, 33);
  const auto encoder = makeEncoder(settings);
  auto packets = encodeAll(*encoder, said);
  CHECK(celtPackets(packets) == packets.size(), "nothing is known of losses: %zu of %zu", celtPackets(packets), packets.size());
  encoder->setExpectedLoss(3);
  packets = encodeAll(*encoder, said);
  const auto decoder = makeDecoder(settings);
  CHECK(celtPackets(packets) <= 1, "%zu", celtPackets(packets));
  size_t redundant = 0;
  for (const Payload& each : packets) redundant += decoder->hasRedundancy(each.data(), each.size()) ? 1 : 0;
  CHECK(redundant > packets.size() / 2, "%zu of %zu", redundant, packets.size());
  encoder->setExpectedLoss(0);
  packets = encodeAll(*encoder, said);
  CHECK(celtPackets(packets) + 1 >= packets.size(), "%zu of %zu", celtPackets(packets), packets.size());
  settings.bitRate = 16000;
  CHECK(celtPackets(encodeAll(*makeEncoder(settings), said)) == 0);
});

TEST("Opus changes its way in the middle of a voice, and nothing is heard of it", {
  for (const int rate : {8000, 16000}) {
    CodecSettings settings = of(CodecKind::opus, rate);
    const auto encoder = makeEncoder(settings);
    const auto decoder = makeDecoder(settings);
    const Samples said = sine(rate, 440, -15, static_cast<size_t>(rate) * 4);
    const auto second = static_cast<size_t>(rate) / 2;
    Samples heard;
    for (size_t part = 0; part < 8; part++) {
      encoder->setComplexity(part % 2 == 0 ? 5 : 0);
      const auto from = said.begin() + static_cast<std::ptrdiff_t>(part * second);
      const Samples piece(from, from + static_cast<std::ptrdiff_t>(second));
      const Samples out = decodeAll(*decoder, encodeAll(*encoder, piece));
      heard.insert(heard.end(), out.begin(), out.end());
    }
    const auto block = static_cast<size_t>(rate / 50);
    for (size_t at = second; at + block <= heard.size(); at += block / 2) {
      const double level = levelAt(&heard[at], block, rate, 440);
      CHECK(std::abs(level + 15) < 1.5, "%d Hz, %zu ms: %.2f dBm0", rate, at * 1000 / static_cast<size_t>(rate), level);
    }
  }
});

TEST("Opus: packets say their length whoever samples them; rubbish is refused or survived", {
  auto encoder = makeEncoder(of(CodecKind::opus, 48000, 60));
  const auto packets = encodeAll(*encoder, speechLike(48000, 48000, 3));
  auto decoder = makeDecoder(of(CodecKind::opus, 8000));
  CHECK(decoder->duration(packets[0].data(), packets[0].size()) == 480);
  CHECK(decodeAll(*decoder, packets).size() == 16 * 480);
  int16_t out[maxFrameSamples];
  CHECK(decoder->decode(packets[0].data(), packets[0].size(), out, 100) == 0, "more than there is room for");
  CHECK(decoder->duration(nullptr, 0) == 0 && decoder->decode(nullptr, 0, out, 160) == 0);
  Random random(5);
  for (int i = 0; i < 2000; i++) {
    uint8_t rubbish[64];
    const auto bytes = static_cast<size_t>(random.next() * 64);
    for (uint8_t& byte : rubbish) byte = static_cast<uint8_t>(random.next() * 256);
    decoder->duration(rubbish, bytes);
    decoder->hasRedundancy(rubbish, bytes);
    decoder->decode(rubbish, bytes, out, maxFrameSamples);
    decoder->recover(rubbish, bytes, out, 160);
  }
});

TEST("Opus: a lost packet comes back from the next one's redundancy, and better than by concealment", {
  CodecSettings settings = of(CodecKind::opus, 16000);
  settings.expectedLossPercent = 20;
  settings.bitRate = 32000;
  const Samples speech = speechLike(16000, 16000 * 6, 21);
  const auto packets = encodeAll(*makeEncoder(settings), speech);
  const Samples whole = decodeAll(*makeDecoder(settings), packets);
  auto withFec = makeDecoder(settings);
  auto without = makeDecoder(settings);
  Samples recovered;
  Samples concealed;
  int16_t buffer[320];
  int redundant = 0;
  int lost = 0;
  const auto take = [&](Decoder& decoder, const Payload& packet, Samples& into) {
    decoder.decode(packet.data(), packet.size(), buffer, 320);
    into.insert(into.end(), buffer, buffer + 320);
  };
  for (size_t i = 0; i < packets.size(); i++) {
    if (i % 5 == 3 && i + 1 < packets.size()) {
      lost++;
      const Payload& next = packets[i + 1];
      if (withFec->hasRedundancy(next.data(), next.size())) redundant++;
      CHECK(withFec->recover(next.data(), next.size(), buffer, 320) == 320);
      recovered.insert(recovered.end(), buffer, buffer + 320);
      without->conceal(buffer, 320);
      concealed.insert(concealed.end(), buffer, buffer + 320);
    } else {
      take(*withFec, packets[i], recovered);
      take(*without, packets[i], concealed);
    }
  }
  // Packets without speech carry none.
  CHECK(redundant > lost / 2, "%d of %d", redundant, lost);
  const double better = snr(whole, recovered, 0);
  const double worse = snr(whole, concealed, 0);
  CHECK(better > worse + 2, "%.1f dB against %.1f dB", better, worse);
  // Nothing is spent on redundancy where the peer did not ask for it.
  settings.inbandFec = false;
  for (const Payload& packet : encodeAll(*makeEncoder(settings), speech)) {
    CHECK(!withFec->hasRedundancy(packet.data(), packet.size()));
  }
});

TEST("Opus: known packets decode to what they are", {
  // RFC 6716 §3.1: the table of contents alone. Config 0 (SILK NB 10 ms), 1 (20 ms), 3 (60 ms), 16 (CELT NB 2.5 ms), 31 (CELT FB 20 ms).
  struct Known {
    uint8_t toc;
    size_t at8k;
  };
  auto decoder = makeDecoder(of(CodecKind::opus, 8000));
  for (const Known& known : {Known{0x00, 80}, Known{0x08, 160}, Known{0x18, 480}, Known{0x80, 20}, Known{0xF8, 160}}) {
    const uint8_t packet[2] = {known.toc, 0};
    CHECK(decoder->duration(packet, 2) == known.at8k, "0x%02x: %zu", known.toc, decoder->duration(packet, 2));
  }
  // Code 1: two frames of equal size; code 3 with a count of 3; a count of zero is malformed (§3.2.5).
  const uint8_t two[3] = {0x09, 0, 0};
  const uint8_t three[5] = {0x0B, 3, 0, 0, 0};
  const uint8_t none[2] = {0x0B, 0};
  CHECK(decoder->duration(two, 3) == 320 && decoder->duration(three, 5) == 480 && decoder->duration(none, 2) == 0);
  // What encoders send for digital silence in CELT: 20 ms of it.
  const uint8_t silence[3] = {0xF8, 0xFF, 0xFE};
  int16_t out[160];
  CHECK(decoder->decode(silence, 3, out, 160) == 160 && levelOf(out, 160) < -60);
});

TEST("every codec makes up a lost packet at the level of what was heard, and fades after it", {
  for (const CodecSettings& settings : {of(CodecKind::pcmu, 8000), of(CodecKind::g722, 16000), of(CodecKind::opus, 16000),
                                        of(CodecKind::l16, 48000)}) {
    const int rate = settings.sampleRate;
    const auto packets = encodeAll(*makeEncoder(settings), sine(rate, 200, -15, static_cast<size_t>(rate)));
    auto decoder = makeDecoder(settings);
    decodeAll(*decoder, packets);
    const auto frame = static_cast<size_t>(rate / 50);
    Samples made(frame * 20);
    for (size_t i = 0; i < 20; i++) CHECK(decoder->conceal(&made[i * frame], frame) == frame);
    const int kind = static_cast<int>(settings.kind);
    // Opus fades from the beginning.
    CHECK(levelOf(made.data(), frame / 2) > -24, "codec %d: %.1f", kind, levelOf(made.data(), frame / 2));
    CHECK(levelOf(&made[18 * frame], 2 * frame) < -40, "codec %d: %.1f", kind, levelOf(&made[18 * frame], 2 * frame));
    decoder->reset();
    CHECK(decoder->decode(packets[0].data(), packets[0].size(), made.data(), frame) == frame);
  }
});

}  // namespace

TEST_MAIN
