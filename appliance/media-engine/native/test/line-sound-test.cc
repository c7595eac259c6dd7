// What is said on lines and found there: sounds to the sample, MF, tones, caller-ID data, at lines' levels and with noise.
#include <string>

#include "dsp/dtmf.h"
#include "dsp/fsk.h"
#include "dsp/g711.h"
#include "dsp/mf.h"
#include "dsp/sound-player.h"
#include "dsp/spandsp-library.h"
#include "dsp/tone-detector.h"
#include "test/check.h"
#include "test/signals.h"

using namespace holdfast;
using namespace holdfast::test;

namespace {

PlayedSound tone(std::vector<double> frequencies, double level, double ms) {
  PlayedSound sound;
  sound.frequencies = std::move(frequencies);
  sound.levelDbm0 = level;
  sound.durationMs = ms;
  return sound;
}

PlayedSound fsk(const std::string& bits, bool v23, double level = -13.5) {
  PlayedSound sound;
  sound.kind = PlayedSound::Kind::fsk;
  sound.markHz = v23 ? 1300 : 1200;
  sound.spaceHz = v23 ? 2100 : 2200;
  sound.baud = 1200;
  sound.levelDbm0 = level;
  sound.bits = bits;
  return sound;
}

Samples play(std::vector<PlayedSound> sounds, size_t block = 80) {
  SoundPlayer player(8000);
  player.start(std::move(sounds));
  Samples out;
  Samples part(block);
  while (player.active()) {
    const size_t made = player.generate(part.data(), block);
    out.insert(out.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(made));
  }
  return out;
}

Samples silence(double ms) { return Samples(static_cast<size_t>(ms * 8), 0); }

void append(Samples& to, const Samples& more) { to.insert(to.end(), more.begin(), more.end()); }

/** Through a line: G.711 both ways. */
Samples overLine(const Samples& samples, Law law = Law::u) {
  std::vector<uint8_t> codes(samples.size());
  Samples out(samples.size());
  g711Encode(law, samples.data(), samples.size(), codes.data());
  g711Decode(law, codes.data(), codes.size(), out.data());
  return out;
}

const std::vector<std::pair<std::string, std::pair<double, double>>> mfSignals = {
    {"1", {700, 900}},    {"2", {700, 1100}},   {"3", {900, 1100}},   {"4", {700, 1300}},  {"5", {900, 1300}},
    {"6", {1100, 1300}},  {"7", {700, 1500}},   {"8", {900, 1500}},   {"9", {1100, 1500}}, {"0", {1300, 1500}},
    {"KP", {1100, 1700}}, {"ST", {1500, 1700}}, {"STP", {900, 1700}}, {"ST2P", {1300, 1700}}, {"ST3P", {700, 1700}}};

struct MfCase {
  double lowLevel = -7;
  double highLevel = -7;
  /** Of the frequencies: a fraction, and Hz. */
  double deviation = 0;
  double offset = 0;
  double onMs = 68;
  double offMs = 68;
  double noiseDbm0 = -100;
};

Samples mfSaid(const MfCase& how, uint64_t seed) {
  Samples out = silence(50 + static_cast<double>(seed % 7));
  Random random(seed);
  for (const auto& [name, pair] : mfSignals) {
    const auto on = static_cast<size_t>(how.onMs * 8);
    Samples sounding(on, 0);
    addTo(sounding, sine(8000, pair.first * (1 + how.deviation) + how.offset, how.lowLevel, on, random.next() * 6));
    addTo(sounding, sine(8000, pair.second * (1 + how.deviation) + how.offset, how.highLevel, on, random.next() * 6));
    append(out, sounding);
    append(out, silence(how.offMs));
  }
  append(out, silence(50));
  if (how.noiseDbm0 > -100) addTo(out, noise(how.noiseDbm0, out.size(), seed));
  return overLine(out);
}

std::string mfHeard(const Samples& samples, size_t block = 80) {
  MfDetector detector;
  std::string all;
  for (size_t at = 0; at < samples.size(); at += block) {
    detector.process(&samples[at], std::min(block, samples.size() - at));
    while (const char* signal = detector.poll()) all += std::string(signal) + " ";
  }
  return all;
}

std::string allMf() {
  std::string all;
  for (const auto& [name, pair] : mfSignals) all += name + " ";
  return all;
}

struct Change {
  int set;
  double ms;
};

std::vector<Change> tonesHeard(const ToneSets& sets, const Samples& samples, size_t block = 64) {
  ToneDetector detector(sets);
  std::vector<Change> all;
  for (size_t at = 0; at < samples.size(); at += block) {
    detector.process(&samples[at], std::min(block, samples.size() - at));
    int set = 0;
    while (detector.poll(set)) all.push_back({set, static_cast<double>(at + block) / 8});
  }
  return all;
}

/** North America's, two of Europe, and a tone of a network's own. */
const ToneSets northAmerica = {{350, 440}, {440, 480}, {480, 620}, {440}, {1400}};
const ToneSets britain = {{350, 440}, {400, 450}, {400}};
const ToneSets germany = {{425}};

std::string bitsHeard(const Samples& samples, FskKind kind) {
  FskReceiver receiver(kind);
  std::string all;
  for (size_t at = 0; at < samples.size(); at += 80) {
    receiver.process(&samples[at], std::min<size_t>(80, samples.size() - at));
    all += receiver.take();
  }
  return all;
}

/** 300 bits that alternate, 180 of mark, bytes with start and stop, some mark (GR-30-CORE §2.3). */
std::string frame(const std::string& bytes, size_t seizure = 300, size_t mark = 180) {
  std::string bits;
  for (size_t i = 0; i < seizure; i++) bits += i % 2 == 0 ? '0' : '1';
  bits += std::string(mark, '1');
  for (const char byte : bytes) {
    bits += '0';
    for (int bit = 0; bit < 8; bit++) bits += ((static_cast<unsigned>(byte) >> bit) & 1U) != 0 ? '1' : '0';
    bits += '1';
  }
  return bits + "1111";
}

const std::string message = "\x80\x12\x02\x0a" "5551234567\x07\x04" "ANNA";

/** As many bytes as the message has, after the first long stretch of mark. */
std::string bytesOf(const std::string& bits) {
  const size_t mark = bits.find(std::string(40, '1'));
  if (mark == std::string::npos) return "";
  std::string bytes;
  for (size_t at = bits.find('0', mark); at != std::string::npos && at + 9 < bits.size() && bytes.size() < message.size();) {
    if (bits[at + 9] != '1') return bytes + "!";
    unsigned byte = 0;
    for (size_t bit = 0; bit < 8; bit++) byte |= static_cast<unsigned>(bits[at + 1 + bit] - '0') << bit;
    bytes += static_cast<char>(byte);
    at = bits.find('0', at + 10);
  }
  return bytes;
}

TEST("played sounds have their length to the sample, whatever the blocks", {
  for (const size_t block : {8, 64, 80, 160, 7}) {
    // 1.3 ms is 10.4 samples: three of them are 31.2.
    CHECK(play({tone({440}, -10, 1.3), tone({}, 0, 1.3), tone({440}, -10, 1.3)}, block).size() == 31);
    CHECK(play({tone({700, 900}, -7, 68), tone({}, 0, 68)}, block).size() == 1088);
    CHECK(play({fsk(std::string(1200, '1'), false)}, block).size() == 8000);
    // A bit is 6 2/3 samples.
    CHECK(play({fsk("1", false), fsk("0", false), fsk("1", false)}, block).size() == 20);
    CHECK(play({tone({}, 0, 0)}, block).empty());
    CHECK(play({}, block).empty());
    const Samples first = play({tone({697, 1209}, -9, 100), fsk("0110", true), tone({}, 0, 3)}, block);
    CHECK(first == play({tone({697, 1209}, -9, 100), fsk("0110", true), tone({}, 0, 3)}, 1));
  }
});

TEST("played tones have their level and frequencies", {
  const Samples out = play({tone({2130, 2750}, -22, 100), tone({}, 0, 20), tone({440}, -13, 200)});
  CHECK(std::abs(levelAt(&out[0], 800, 8000, 2130) + 22) < 0.2);
  CHECK(std::abs(levelAt(&out[0], 800, 8000, 2750) + 22) < 0.2);
  CHECK(std::all_of(out.begin() + 800, out.begin() + 960, [](int16_t sample) { return sample == 0; }));
  CHECK(std::abs(levelAt(&out[960], 1600, 8000, 440) + 13) < 0.2);
});

TEST("the phase goes on from bit to bit and from sound to sound", {
  const Samples out = play({fsk("0110100111010", false, -10), fsk("1100101", false, -10), tone({1200}, -10, 20)});
  // The steepest step of a sine of 2200 Hz.
  const double most = amplitudeOf(-10) * 2 * std::sin(pi * 2200 / 8000) + 2;
  for (size_t i = 1; i < out.size(); i++) CHECK(std::abs(out[i] - out[i - 1]) <= most, "%zu: %d", i, out[i] - out[i - 1]);
});

TEST("every MF signal at the limits of Q.323: level, twist, deviation, lengths, noise", {
  const std::vector<MfCase> cases = {
      {},
      {-1, -1, 0, 0, 68, 68, -100},
      {-22, -22, 0, 0, 68, 68, -100},
      {-7, -13, 0, 0, 68, 68, -100},
      {-13, -7, 0, 0, 68, 68, -100},
      {-7, -7, 0.015, 5, 68, 68, -100},
      {-7, -7, -0.015, -5, 68, 68, -100},
      {-7, -7, 0, 0, 35, 35, -100},
      {-10, -10, 0, 0, 55, 40, -100},
      {-10, -10, 0.01, 0, 68, 68, -25},
      {-20, -24, -0.01, 0, 60, 60, -40},
  };
  for (size_t index = 0; index < cases.size(); index++) {
    for (uint64_t seed = 1; seed <= 8; seed++) {
      const std::string heard = mfHeard(mfSaid(cases[index], seed), seed % 2 == 0 ? 80 : 8);
      CHECK(heard == allMf(), "case %zu seed %llu: %s", index, static_cast<unsigned long long>(seed), heard.c_str());
    }
  }
});

TEST("what is no MF signal makes none: too short, too soft, one or three frequencies, tones of progress, digits", {
  for (uint64_t seed = 1; seed <= 8; seed++) {
    CHECK(mfHeard(mfSaid({-7, -7, 0, 0, 10, 60, -100}, seed)).empty(), "10 ms");
    CHECK(mfHeard(mfSaid({-40, -40, 0, 0, 68, 68, -100}, seed)).empty(), "-40 dBm0");
    CHECK(mfHeard(mfSaid({-7, -24, 0, 0, 68, 68, -100}, seed)).empty(), "17 dB of twist");
  }
  for (const auto& frequencies : std::vector<std::vector<double>>{
           {700}, {1100}, {1700}, {700, 900, 1100}, {900, 1300, 1700}, {350, 440}, {440, 480}, {480, 620}, {425}, {2100}, {1004}}) {
    CHECK(mfHeard(overLine(play({tone(frequencies, -10, 2000)}))).empty(), "%g Hz", frequencies.front());
  }
  std::vector<PlayedSound> dtmf;
  for (const char digit : std::string("123A456B789C*0#D")) {
    double low = 0;
    double high = 0;
    dtmfFrequencies(digit, low, high);
    dtmf.push_back(tone({low, high}, -9, 80));
    dtmf.push_back(tone({}, 0, 80));
  }
  const std::string heard = mfHeard(overLine(play(dtmf)));
  // 697 and 770 stand in for 700, and 1477 for 1500: an MF receiver listens where nobody presses keys.
  CHECK(std::count(heard.begin(), heard.end(), ' ') <= 8, "%s", heard.c_str());
});

TEST("tones of progress are told within 80 ms of their begin and end, with the right length", {
  struct Progress {
    const ToneSets& sets;
    int set;
    double onMs;
    double offMs;
  };
  for (const Progress& each : {Progress{northAmerica, 0, 1000, 500}, Progress{northAmerica, 1, 2000, 4000},
                               Progress{northAmerica, 2, 250, 250}, Progress{northAmerica, 2, 500, 500},
                               Progress{northAmerica, 0, 100, 100}, Progress{northAmerica, 3, 300, 1000},
                               Progress{britain, 1, 400, 200}, Progress{britain, 2, 375, 375}, Progress{germany, 0, 250, 4000},
                               Progress{germany, 0, 480, 480}}) {
    for (const double level : {-6.0, -13.0, -30.0}) {
      for (const double deviation : {-0.01, 0.0, 0.01}) {
        std::vector<double> frequencies = each.sets[static_cast<size_t>(each.set)];
        for (double& hz : frequencies) hz *= 1 + deviation;
        Samples said = silence(203);
        std::vector<double> begins;
        for (int i = 0; i < 3; i++) {
          begins.push_back(static_cast<double>(said.size()) / 8);
          append(said, play({tone(frequencies, level, each.onMs)}));
          append(said, silence(each.offMs));
        }
        append(said, silence(200));
        addTo(said, noise(level - 20, said.size(), 3));
        const auto heard = tonesHeard(each.sets, overLine(said, Law::a));
        CHECK(heard.size() == 6, "set %d of %g Hz, %g dBm0, %g: %zu changes", each.set, frequencies[0], level, deviation,
              heard.size());
        if (heard.size() != 6) continue;
        for (size_t i = 0; i < 3; i++) {
          CHECK(heard[2 * i].set == each.set && heard[2 * i + 1].set == -1);
          CHECK(heard[2 * i].ms - begins[i] < 80, "begin after %g ms", heard[2 * i].ms - begins[i]);
          const double end = heard[2 * i + 1].ms - begins[i] - each.onMs;
          CHECK(end > 0 && end < 80, "end after %g ms", end);
          CHECK(std::abs(heard[2 * i + 1].ms - heard[2 * i].ms - each.onMs) < 35, "length %g for %g",
                heard[2 * i + 1].ms - heard[2 * i].ms, each.onMs);
        }
      }
    }
  }
});

TEST("a tone that goes over to another ends first", {
  Samples said = silence(100);
  append(said, play({tone({350, 440}, -13, 600), tone({480, 620}, -13, 600)}));
  append(said, silence(200));
  const auto heard = tonesHeard(northAmerica, overLine(said));
  std::string order;
  for (const Change& change : heard) order += std::to_string(change.set) + " ";
  CHECK(order == "0 -1 2 -1 ", "%s", order.c_str());
});

TEST("caller-ID data arrive at lines' levels, with twist of the line, noise, and on both standards", {
  for (const bool v23 : {false, true}) {
    for (const double level : {-3.0, -13.5, -25.0, -36.0}) {
      for (uint64_t seed = 1; seed <= 4; seed++) {
        Samples said = silence(100 + static_cast<double>(seed) * 0.375);
        append(said, play({fsk(frame(message), v23, level)}));
        append(said, silence(100));
        addTo(said, noise(level - 20, said.size(), seed));
        const std::string heard = bytesOf(bitsHeard(overLine(said), v23 ? FskKind::v23 : FskKind::bell202));
        CHECK(heard == message, "%s at %g dBm0: %zu bytes", v23 ? "V.23" : "Bell 202", level, heard.size());
      }
    }
    // The preamble of call waiting: 80 bits of mark and nothing before.
    Samples said = silence(100);
    append(said, play({fsk(frame(message, 0, 80), v23)}));
    append(said, silence(100));
    CHECK(bytesOf(bitsHeard(overLine(said), v23 ? FskKind::v23 : FskKind::bell202)) == message);
  }
});

struct Sending {
  const std::string* bits;
  size_t at;
};

TEST("another modem's data arrive, and it takes ours", {
  const std::string bits = frame(message);
  for (const bool v23 : {false, true}) {
    Sending sending{&bits, 0};
    const auto next = [](void* from) {
      auto& of = *static_cast<Sending*>(from);
      return of.at < of.bits->size() ? (*of.bits)[of.at++] - '0' : static_cast<int>(SIG_STATUS_END_OF_DATA);
    };
    fsk_tx_state_t* sender = fsk_tx_init(nullptr, &preset_fsk_specs[v23 ? FSK_V23CH1 : FSK_BELL202], next, &sending);
    Samples said = silence(100);
    Samples sent(bits.size() * 7 + 800, 0);
    fsk_tx(sender, sent.data(), static_cast<int>(sent.size()));
    fsk_tx_free(sender);
    append(said, sent);
    CHECK(bytesOf(bitsHeard(overLine(said), v23 ? FskKind::v23 : FskKind::bell202)) == message);
    // The same sound, sample by sample but for where it begins: ours is what another modem makes.
    const Samples own = play({fsk(bits, v23, -14)});
    CHECK(std::abs(static_cast<double>(own.size()) - static_cast<double>(bits.size()) * 8000 / 1200) < 1);
  }
});

TEST("without a carrier there are no bits", {
  CHECK(bitsHeard(overLine(silence(2000)), FskKind::bell202).empty());
  CHECK(bitsHeard(overLine(noise(-55, 16000, 5)), FskKind::bell202).empty());
});

TEST("speech makes hardly any digits and tones", {
  size_t mf = 0;
  size_t tones = 0;
  size_t digits = 0;
  constexpr int minutes = 6;
  for (uint64_t seed = 1; seed <= minutes; seed++) {
    const Samples said = overLine(speechLike(8000, 60 * 8000, seed, seed % 2 == 0 ? -12 : -20));
    for (const char each : mfHeard(said)) mf += each == ' ' ? 1 : 0;
    for (const ToneSets* sets : {&northAmerica, &britain, &germany}) {
      for (const Change& change : tonesHeard(*sets, said)) tones += change.set >= 0 ? 1 : 0;
    }
    DtmfDetector detector;
    DtmfEvent event;
    for (size_t at = 0; at < said.size(); at += 80) {
      detector.process(&said[at], 80);
      while (detector.poll(event)) digits += event.kind == DtmfEvent::Kind::begin ? 1 : 0;
    }
  }
  // Registers and calls listen for seconds; this is six minutes of nothing but voice.
  CHECK(digits <= 1, "%zu digits", digits);
  CHECK(mf <= 2, "%zu MF signals", mf);
  CHECK(tones <= minutes / 2, "%zu tones in %d minutes by three listeners", tones, minutes);
});

}  // namespace

TEST_MAIN
