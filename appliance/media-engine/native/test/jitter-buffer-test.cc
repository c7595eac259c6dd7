// The jitter buffer on a simulated network and simulated clocks: seeded jitter, loss, reordering, duplicates, drift.
#include "dsp/jitter-buffer.h"

#include <algorithm>

#include "dsp/drift.h"
#include "test/check.h"
#include "test/signals.h"

using namespace holdfast;
using namespace holdfast::test;

namespace {

struct Network {
  uint64_t seed = 1;
  double jitterMs = 0;     // evenly between 0 and this
  double laterJitterMs = 0;  // the same, after half time
  double fixedMs = 0;      // after half time the delay is fixed to this
  double loss = 0;
  double duplicate = 0;
  double spikeMs = 0;      // once at half time, for 200 ms
  double senderPpm = 0;    // of the sender's clock against the machine's
  double readerPpm = 0;    // of the reader's
  int packetMs = 20;
  size_t readSamples = 80;
  JitterSettings settings{};
  CodecSettings codec{};
};

struct Result {
  Samples heard;
  JitterFigures figures;
  double meanDelayMs = 0;  // second half
};

/** `said`: at the codec's rate, by the sender's clock. Reads by the reader's clock. */
Result through(const Network& network, const Samples& said) {
  Random random(network.seed);
  CodecSettings codec = network.codec;
  codec.packetMs = network.packetMs;
  auto encoder = makeEncoder(codec);
  auto decoder = makeDecoder(codec);
  JitterBuffer buffer(codec.sampleRate, network.settings);
  struct Flying {
    int64_t arrivesUs;
    uint16_t sequence;
    uint32_t timestamp;
    std::vector<uint8_t> payload;
  };
  std::vector<Flying> packets;
  const size_t frame = encoder->frameSamples();
  const size_t count = said.size() / frame;
  uint8_t payload[maxPayloadBytes];
  for (size_t i = 0; i < count; i++) {
    const size_t bytes = encoder->encode(&said[i * frame], frame, payload, sizeof payload);
    // Sent when the packet is full, on the sender's clock; 30 ms under way.
    const double sent = static_cast<double>((i + 1)) * network.packetMs * 1000 / (1 + network.senderPpm * 1e-6);
    const bool spiked = network.spikeMs > 0 && i >= count / 2 && i < count / 2 + 200 / static_cast<size_t>(network.packetMs);
    const double jitter = i >= count / 2 && network.laterJitterMs > 0 ? network.laterJitterMs : network.jitterMs;
    double arrives = sent + 30000 + random.next() * jitter * 1000;
    if (spiked) arrives = std::max(arrives, static_cast<double>(count / 2 + 1) * network.packetMs * 1000 + network.spikeMs * 1000);
    const bool lost = random.next() < network.loss;
    // Near the wrap of both counters.
    const auto timestamp =
        static_cast<uint32_t>(0xFFFFF000U + i * frame * static_cast<size_t>(network.settings.clockRate) / static_cast<size_t>(codec.sampleRate));
    const Flying packet{static_cast<int64_t>(arrives), static_cast<uint16_t>(65500 + i), timestamp, {payload, payload + bytes}};
    if (!lost) packets.push_back(packet);
    if (random.next() < network.duplicate) {
      packets.push_back(packet);
      packets.back().arrivesUs += 3000;
    }
  }
  std::stable_sort(packets.begin(), packets.end(), [](const Flying& a, const Flying& b) { return a.arrivesUs < b.arrivesUs; });
  Result result;
  size_t next = 0;
  double delays = 0;
  size_t measured = 0;
  const double step = static_cast<double>(network.readSamples) * 1e6 / codec.sampleRate / (1 + network.readerPpm * 1e-6);
  const double end = static_cast<double>(count) * network.packetMs * 1000;
  std::vector<int16_t> block(network.readSamples);
  for (double now = 0; now < end; now += step) {
    while (next < packets.size() && packets[next].arrivesUs <= static_cast<int64_t>(now)) {
      const Flying& packet = packets[next++];
      buffer.put(packet.sequence, packet.timestamp, false, packet.payload.data(), packet.payload.size(), decoder.get(),
                 packet.arrivesUs);
    }
    if (network.fixedMs > 0 && now > end / 2) {
      JitterSettings fixed = network.settings;
      fixed.fixedDelay = true;
      fixed.minMs = fixed.maxMs = static_cast<int>(network.fixedMs);
      buffer.configure(fixed);
    }
    buffer.read(block.data(), network.readSamples, static_cast<int64_t>(now));
    result.heard.insert(result.heard.end(), block.begin(), block.end());
    if (now > end / 2) {
      delays += buffer.figures().delayMs;
      measured++;
    }
  }
  result.figures = buffer.figures();
  result.meanDelayMs = delays / static_cast<double>(measured);
  return result;
}

TEST("a quiet network: everything is heard bit by bit, at the least delay", {
  Network network;
  network.settings.minMs = 4;
  network.readSamples = 8;
  const Samples said = speechLike(8000, 80000, 2);
  Samples coded(said.size());
  for (size_t i = 0; i < said.size(); i++) coded[i] = said[i];
  const Result result = through(network, said);
  CHECK(result.figures.concealedSamples == 0 && result.figures.lost == 0 && result.figures.shortened == 0);
  CHECK(result.meanDelayMs >= 3.9 && result.meanDelayMs < 5.1, "%.2f ms", result.meanDelayMs);
  // 20 ms of packet, 30 ms under way, 4 ms of buffer: the sample itself is 54 ms late; G.711's noise is all there is.
  const size_t delay = bestDelay(said, result.heard, 600, 8000);
  CHECK(delay >= 432 && delay <= 440, "%zu", delay);
  CHECK(snr(said, result.heard, delay, 8000) > 30, "%.1f dB", snr(said, result.heard, delay, 8000));
});

TEST("jitter of 40 ms: nearly nothing late, the delay as long as it must be and no longer", {
  for (uint64_t seed = 1; seed <= 5; seed++) {
    Network network;
    network.seed = seed;
    network.jitterMs = 40;
    const Result result = through(network, speechLike(8000, 8000 * 60, seed));
    CHECK(result.figures.late < 60, "seed %llu: %llu late", static_cast<unsigned long long>(seed),
          static_cast<unsigned long long>(result.figures.late));
    CHECK(result.meanDelayMs > 30 && result.meanDelayMs < 60, "seed %llu: %.1f ms", static_cast<unsigned long long>(seed),
          result.meanDelayMs);
    CHECK(result.figures.concealedSamples < 8000 * 60 / 50, "%llu", static_cast<unsigned long long>(result.figures.concealedSamples));
  }
});

TEST("loss of 5 % with reordering and duplicates is counted and covered", {
  Network network;
  network.jitterMs = 50;
  network.loss = 0.05;
  network.duplicate = 0.03;
  const size_t packets = 3000;
  const Result result = through(network, sine(8000, 500, -12, packets * 160));
  const auto& f = result.figures;
  CHECK(f.lost > 100 && f.lost < 260, "%llu lost", static_cast<unsigned long long>(f.lost));
  CHECK(f.duplicate > 50 && f.duplicate < 130, "%llu duplicate", static_cast<unsigned long long>(f.duplicate));
  CHECK(f.reordered > 300, "%llu reordered", static_cast<unsigned long long>(f.reordered));
  CHECK(f.concealedSamples > 100 * 160 && f.concealedSamples < 400 * 160, "%llu", static_cast<unsigned long long>(f.concealedSamples));
  // The tone stands on: no silence of more than a packet.
  for (size_t at = 80000; at + 800 < result.heard.size(); at += 400) {
    CHECK(levelOf(&result.heard[at], 400) > -20, "at %zu: %.1f", at, levelOf(&result.heard[at], 400));
  }
});

TEST("Opus: losses come back from redundancy", {
  Network network;
  network.codec.kind = CodecKind::opus;
  network.codec.sampleRate = 16000;
  network.codec.expectedLossPercent = 20;
  network.codec.bitRate = 32000;
  network.settings.clockRate = 48000;
  network.settings.minMs = 30;
  network.readSamples = 160;
  network.loss = 0.05;
  const Result result = through(network, speechLike(16000, 16000 * 60, 6));
  CHECK(result.figures.recovered * 2 > result.figures.lost, "%llu of %llu", static_cast<unsigned long long>(result.figures.recovered),
        static_cast<unsigned long long>(result.figures.lost));
});

TEST("after a delay spike of 150 ms the sound goes on, and the delay shrinks again within a minute", {
  Network network;
  network.spikeMs = 150;
  const Samples said = speechLike(8000, 8000 * 120, 9);
  const Result result = through(network, said);
  CHECK(result.figures.shortened > 0);
  CHECK(result.figures.delayMs < 45, "%.1f ms", result.figures.delayMs);
  CHECK(result.figures.received > 5990);
  CHECK(result.figures.late < 12, "%llu", static_cast<unsigned long long>(result.figures.late));
});

TEST("a tone is never shortened: its frequency and purity stay, whatever the delay", {
  Network network;
  network.spikeMs = 120;
  Samples said = sine(8000, 350, -13, 8000 * 30);
  addTo(said, sine(8000, 440, -13, 8000 * 30));
  const Result result = through(network, said);
  const size_t from = result.heard.size() - 8000 * 10;
  Samples after(result.heard.begin() + static_cast<ptrdiff_t>(from), result.heard.end());
  const double level = levelOf(after.data(), after.size());
  const double low = levelAt(after, 8000, 350);
  const double high = levelAt(after, 8000, 440);
  CHECK(std::abs(low + 13) < 0.1 && std::abs(high + 13) < 0.1, "%.2f %.2f of %.2f", low, high, level);
});

TEST("what a sender's restart, a jump of its clock, a long pause and rubbish do", {
  JitterSettings settings;
  JitterBuffer buffer(8000, settings);
  CodecSettings codec;
  auto decoder = makeDecoder(codec);
  uint8_t payload[200] = {};
  const Samples tone = sine(8000, 1000, -10, 160);
  auto encoder = makeEncoder(codec);
  encoder->encode(tone.data(), 160, payload, 160);
  int64_t now = 0;
  int16_t out[160];
  CHECK(!buffer.read(out, 160, now) && levelOf(out, 160) == -100, "nothing came yet");
  const auto run = [&](uint16_t sequence, uint32_t timestamp, int packets) {
    bool heard = false;
    for (int i = 0; i < packets; i++) {
      now += 20000;
      buffer.put(static_cast<uint16_t>(sequence + i), timestamp + 160 * static_cast<uint32_t>(i), i == 0, payload, 160, decoder.get(), now);
      heard = buffer.read(out, 80, now) || heard;
      heard = buffer.read(out, 80, now + 10000);
    }
    return heard && levelOf(out, 80) > -20;
  };
  CHECK(run(100, 5000, 50));
  CHECK(run(150, 900000000, 50), "the clock jumped");
  CHECK(run(40000, 900008000, 50), "the sequence jumped");
  now += 10000000;
  bool heard = true;
  for (int i = 0; i < 40; i++) heard = buffer.read(out, 160, now += 20000);
  CHECK(!heard && levelOf(out, 160) == -100, "silence after a while");
  CHECK(run(40050, 900008000 + 8000 * 11 + 8000, 50), "and on again");
  // Alternating rubbish must neither hang nor read beyond anything.
  Random random(3);
  for (int i = 0; i < 20000; i++) {
    now += static_cast<int64_t>(random.next() * 3000);
    buffer.put(static_cast<uint16_t>(random.next() * 65536), static_cast<uint32_t>(random.next() * 4294967295.0), random.next() < 0.5,
               payload, static_cast<size_t>(random.next() * 170), decoder.get(), now);
    if (i % 3 == 0) buffer.read(out, static_cast<size_t>(random.next() * 160), now);
    if (i % 1000 == 0) buffer.reset();
    if (i % 700 == 0) buffer.pause();
  }
});

TEST("packets keep coming while nobody reads: the oldest are left out", {
  JitterSettings settings;
  JitterBuffer buffer(8000, settings);
  auto decoder = makeDecoder(CodecSettings{});
  const std::vector<uint8_t> payload(160, 0xFF);
  for (int i = 0; i < 500; i++) {
    buffer.put(static_cast<uint16_t>(i), static_cast<uint32_t>(i) * 160, false, payload.data(), 160, decoder.get(), i * 20000);
  }
  CHECK(buffer.figures().overflow == 500 - 64, "%llu", static_cast<unsigned long long>(buffer.figures().overflow));
  int16_t out[160];
  for (int i = 0; i < 100; i++) buffer.read(out, 160, 500 * 20000 + i * 20000);
});

TEST("drift of ±50 and ±100 ppm: no slip, steady delay, the drift is measured", {
  for (const double ppm : {-100.0, -50.0, 50.0, 100.0}) {
    Network network;
    network.readerPpm = ppm;
    network.jitterMs = 5;
    network.readSamples = 80;
    network.settings.fitRate = true;
    network.settings.minMs = 15;
    const Samples said = sine(8000, 1004, -10, 8000 * 600);
    const Result result = through(network, said);
    CHECK(std::abs(result.figures.driftPpm + ppm) < 10, "%.0f: %.1f ppm", ppm, result.figures.driftPpm);
    CHECK(result.figures.slips == 0 && result.figures.concealedSamples == 0 && result.figures.shortened == 0 && result.figures.lengthened == 0,
          "%.0f: %llu slips, %llu made up", ppm, static_cast<unsigned long long>(result.figures.slips),
          static_cast<unsigned long long>(result.figures.concealedSamples));
    CHECK(std::abs(result.meanDelayMs - 15) < 3, "%.0f: %.1f ms", ppm, result.meanDelayMs);
    // As heard on the reader's clock the frequency is the sender's.
    const double hz = 1004 / (1 + ppm * 1e-6);
    const size_t at = result.heard.size() - 80000;
    CHECK(std::abs(levelAt(&result.heard[at], 80000, 8000, hz) + 10) < 0.5, "%.2f", levelAt(&result.heard[at], 80000, 8000, hz));
  }
});

TEST("a line's clock 200 ppm off, no least delay: whatever its blocks, hardly anything is made up, and little waits", {
  for (const double ppm : {-200.0, 0.0, 200.0}) {
    for (const size_t block : {8, 16, 80, 160}) {
      Network network;
      network.readerPpm = ppm;
      network.jitterMs = 0.4;
      network.readSamples = block;
      network.settings.fitRate = true;
      network.settings.minMs = 0;
      for (const size_t seconds : {30, 120}) {
        const Result result = through(network, sine(8000, 1004, -10, 8000 * seconds));
        const auto madeUp = static_cast<double>(result.figures.concealedSamples) / 8;
        CHECK(result.figures.slips == 0 && madeUp < 60, "%.0f ppm, blocks of %zu, %zu s: %llu slips, %.1f ms", ppm, block, seconds,
              static_cast<unsigned long long>(result.figures.slips), madeUp);
        // A block, half a millisecond, and what steering has not done yet of 200 ppm.
        const double blockMs = static_cast<double>(block) / 8;
        CHECK(result.meanDelayMs < blockMs + 4, "%.0f ppm, blocks of %zu, %zu s: %.1f ms", ppm, block, seconds, result.meanDelayMs);
      }
    }
  }
});

/** A line card's ticks of a millisecond, packets of 10 ms, a network that hardly moves. */
Network quietLine() {
  Network network;
  network.jitterMs = 0.05;
  network.packetMs = 10;
  network.readSamples = 8;
  network.settings.fitRate = true;
  network.settings.minMs = 0;
  return network;
}

TEST("a quiet network and a line's ticks: less than two milliseconds after packets, whatever the clocks, and nothing is made up", {
  for (const double ppm : {-50.0, 0.0, 50.0}) {
    Network network = quietLine();
    network.readerPpm = ppm;
    const Samples said = speechLike(8000, 8000 * 40, 14);
    const Result result = through(network, said);
    CHECK(result.figures.concealedSamples == 0 && result.figures.slips == 0, "%.0f ppm: %llu made up", ppm,
          static_cast<unsigned long long>(result.figures.concealedSamples));
    CHECK(result.meanDelayMs < 1.35, "%.0f ppm: %.2f ms", ppm, result.meanDelayMs);
    if (ppm != 0) continue;
    // 10 ms of packet, 30 ms under way; what is heard is what was said.
    const size_t from = said.size() / 2;
    const Samples before(said.begin() + static_cast<ptrdiff_t>(from), said.end());
    const Samples after(result.heard.begin() + static_cast<ptrdiff_t>(from), result.heard.end());
    const size_t delay = bestDelay(before, after, 600, 8000);
    CHECK(delay >= 320 && delay <= 336, "%zu samples", delay);
  }
});

TEST("jitter that appears on a line is covered at once: little is made up, and then nothing", {
  for (uint64_t seed = 1; seed <= 4; seed++) {
    Network network = quietLine();
    network.seed = seed;
    network.laterJitterMs = 25;
    const Result result = through(network, speechLike(8000, 8000 * 60, seed));
    CHECK(result.figures.late < 40, "seed %llu: %llu late", static_cast<unsigned long long>(seed), static_cast<unsigned long long>(result.figures.late));
    // A hundredth of half a minute.
    CHECK(result.figures.concealedSamples < 8000 * 30 / 100, "seed %llu: %llu", static_cast<unsigned long long>(seed),
          static_cast<unsigned long long>(result.figures.concealedSamples));
    CHECK(result.meanDelayMs > 18 && result.meanDelayMs < 40, "seed %llu: %.1f ms", static_cast<unsigned long long>(seed), result.meanDelayMs);
  }
});

TEST("a delay that is fixed in mid-call is there at once, and stays", {
  Network network = quietLine();
  network.fixedMs = 60;
  network.laterJitterMs = 40;
  const Result result = through(network, speechLike(8000, 8000 * 40, 21));
  CHECK(result.figures.concealedSamples == 0 && result.figures.late == 0, "%llu made up",
        static_cast<unsigned long long>(result.figures.concealedSamples));
  CHECK(result.meanDelayMs > 58 && result.meanDelayMs < 63, "%.1f ms", result.meanDelayMs);
});

TEST("without fitting, a drifting sender is followed too", {
  for (const double ppm : {-50.0, 50.0}) {
    Network network;
    network.senderPpm = ppm;
    const Result result = through(network, speechLike(8000, 8000 * 600, 12));
    CHECK(result.meanDelayMs < 30, "%.0f: %.1f ms", ppm, result.meanDelayMs);
    CHECK(result.figures.concealedSamples < 8000 * 2, "%.0f: %llu", ppm, static_cast<unsigned long long>(result.figures.concealedSamples));
  }
});

TEST("fax: a fixed delay is never touched", {
  Network network;
  network.settings.minMs = 40;
  network.settings.maxMs = 60;
  network.settings.fixedDelay = true;
  network.jitterMs = 20;
  const Result result = through(network, speechLike(8000, 8000 * 60, 4));
  CHECK(result.figures.shortened == 0 && result.figures.lengthened == 0 && result.figures.concealedSamples == 0);
  // As late as the first packet happened to be, it stays.
  CHECK(result.meanDelayMs > 49 && result.meanDelayMs < 71, "%.1f", result.meanDelayMs);
});

TEST("hours of drift are followed: every ten minutes of two hours the estimate stands", {
  DriftEstimator estimator;
  Random random(5);
  for (int i = 0; i < 360000; i++) {
    const double sent = i * 20000.0;
    estimator.add(static_cast<int64_t>(sent), static_cast<int64_t>(sent / (1 + 50e-6) + random.next() * 5000));
    if (i > 0 && i % 30000 == 0) CHECK(std::abs(estimator.ppm() - 50) < 5, "at %d: %.1f", i / 50, estimator.ppm());
  }
});

TEST("drift is measured through jitter of 40 ms", {
  for (const double ppm : {-50.0, 0.0, 20.0, 100.0}) {
    Random random(8);
    DriftEstimator estimator;
    for (int i = 0; i < 3000; i++) {
      const double sent = i * 20000.0;
      estimator.add(static_cast<int64_t>(sent), static_cast<int64_t>(sent / (1 + ppm * 1e-6) + random.next() * 40000));
    }
    CHECK(estimator.settled() && std::abs(estimator.ppm() - ppm) < 25, "%.0f: %.1f", ppm, estimator.ppm());
  }
});

TEST("a tone stays pure where the clocks begin and cease to agree", {
  FractionalResampler resampler;
  const Samples in = sine(8000, 1020, -10, 8000 * 20);
  Samples out;
  size_t taken = 0;
  int16_t block[8];
  while (true) {
    const size_t second = out.size() / 8000;
    resampler.setPpm(second < 5 || second >= 15 ? 0 : 300);
    const size_t wanted = resampler.inputFor(8);
    if (taken + wanted > in.size()) break;
    resampler.produce(&in[taken], block, 8);
    taken += wanted;
    out.insert(out.end(), block, block + 8);
  }
  // No step at either change: a step is broad, so most of it is far from the tone.
  for (size_t at = 4000; at + 1600 < out.size(); at += 800) {
    const double beside = levelOf(&out[at], 1600) - levelAt(&out[at], 1600, 8000, 1020);
    CHECK(beside < 0.05, "at %zu: %.3f dB of other sound", at, beside);
  }
});

TEST("fractional resampling: tones stay pure to 3.4 kHz, counts follow the rate", {
  for (const double ppm : {-500.0, -50.0, 0.0, 100.0}) {
    for (const double hz : {300.0, 1020.0, 3000.0}) {
      FractionalResampler resampler;
      resampler.setPpm(ppm);
      const Samples in = sine(8000, hz, -10, 8000 * 20);
      Samples out;
      size_t taken = 0;
      int16_t block[80];
      while (true) {
        const size_t wanted = resampler.inputFor(80);
        if (taken + wanted > in.size()) break;
        resampler.produce(&in[taken], block, 80);
        taken += wanted;
        out.insert(out.end(), block, block + 80);
      }
      const double expected = static_cast<double>(out.size()) * (1 + ppm * 1e-6);
      CHECK(std::abs(static_cast<double>(taken) - expected) < 2, "%.0f ppm: %zu for %zu", ppm, taken, out.size());
      const size_t from = out.size() - 80000;
      const double level = levelAt(&out[from], 80000, 8000, hz * (1 + ppm * 1e-6));
      CHECK(std::abs(level + 10) < 0.5, "%.0f ppm, %.0f Hz: %.2f", ppm, hz, level);
      const double all = levelOf(&out[from], 80000);
      CHECK(all - level < 0.05, "%.0f ppm, %.0f Hz: %.3f of other sound", ppm, hz, all - level);
    }
  }
});

}  // namespace

TEST_MAIN
