// Sequence numbers, timestamps, losses and reports: RFC 3550 A.1, A.3, A.8, §6.4.1; RFC 3611 A.2; ITU-T G.107.
#include <cmath>

#include "check.h"
#include "rtp/burst-metrics.h"
#include "rtp/quality.h"
#include "rtp/receive-statistics.h"
#include "rtp/rtcp-session.h"
#include "rtp/stream-rewriter.h"
#include "rtp/telephone-event.h"

using namespace holdfast;

namespace {
constexpr Nanoseconds packet = milliseconds(20);
}

TEST("losses, duplicates and disorder are told apart, over a wrap", {
  ReceiveStatistics in;
  using Arrival = ReceiveStatistics::Arrival;
  const uint16_t numbers[] = {65533, 65534, 0, 65535, 65535, 2, 3};
  const Arrival wanted[] = {Arrival::next,      Arrival::next, Arrival::gap, Arrival::reordered,
                            Arrival::duplicate, Arrival::gap,  Arrival::next};
  for (size_t index = 0; index < 7; ++index) {
    CHECK(in.packet(numbers[index], 0, 0, 0) == wanted[index], "packet %zu", index);
  }
  CHECK(in.received() == 6);
  CHECK(in.duplicates() == 1);
  CHECK(in.reordered() == 1);
  CHECK(in.lost() == 1);
  CHECK(in.extendedHighest() == 0x10003);
  CHECK(in.wrapped());
  CHECK(!in.wrapped());
  CHECK(in.fractionLost() == 256 / 7);
  CHECK(in.fractionLost() == 0);
});

TEST("a sender that starts anew is believed at its second packet", {
  ReceiveStatistics in;
  in.packet(100, 0, 0, 0);
  CHECK(in.packet(40000, 0, 0, 0) == ReceiveStatistics::Arrival::duplicate);
  CHECK(in.packet(40001, 0, 0, 0) == ReceiveStatistics::Arrival::next);
  CHECK(in.packet(40002, 0, 0, 0) == ReceiveStatistics::Arrival::next);
  CHECK(in.lost() == 0);
});

TEST("jitter is RFC 3550's: packets late by 10 ms every other time", {
  ReceiveStatistics in;
  for (uint16_t index = 0; index < 400; ++index) {
    const Nanoseconds late = index % 2 == 0 ? 0 : milliseconds(10);
    in.packet(index, index * 160u, 8000, index * packet + late);
  }
  CHECK(std::fabs(in.jitterMs() - 10) < 0.2, "%f ms", in.jitterMs());
});

TEST("another source goes on where the first one stopped, with the time that passed", {
  StreamRewriter out;
  out.begin(1000, 5000);
  StreamRewriter::Out to;
  out.place(1, 50, 9000, 8000, packet, to);
  CHECK(to.first && to.sequence == 1000 && to.timestamp == 5000);
  out.place(1, 51, 9160, 8000, 2 * packet, to);
  CHECK(!to.first && to.sequence == 1001 && to.timestamp == 5160);
  out.place(2, 9, 77, 8000, 7 * packet, to);
  CHECK(to.first && to.sequence == 1002 && to.timestamp == 5160 + 5 * 160);
  CHECK(!out.place(2, 8, 77 - 160, 8000, 7 * packet, to), "from before the first");
  out.place(2, 11, 77 + 320, 8000, 9 * packet, to);
  CHECK(to.sequence == 1004, "a gap stays a gap");
  out.place(2, 10, 77 + 160, 8000, 9 * packet, to);
  CHECK(to.sequence == 1003, "and is filled by the late one");
  out.interrupt();
  out.place(2, 12, 77 + 480, 8000, 9 * packet + milliseconds(3), to);
  CHECK(to.first && to.sequence == 1005 && to.timestamp - (5160 + 800 + 320) == 160, "never less than a packet");
});

TEST("what follows an event counts from its begin", {
  StreamRewriter out;
  out.begin(0, 0);
  StreamRewriter::Out to;
  for (uint16_t index = 0; index < 5; ++index) out.place(1, index, 4000, 8000, (index + 1) * packet, to);
  const uint32_t event = to.timestamp;
  out.place(2, 0, 0, 8000, 6 * packet, to);
  CHECK(to.timestamp - event == 5 * 160, "%u", to.timestamp - event);
});

TEST("a digit is told once, with its whole length, also when its end is lost", {
  TelephoneEventReceiver events;
  for (uint16_t duration = 160; duration < 800; duration = static_cast<uint16_t>(duration + 160)) {
    CHECK(!events.packet({5, false, 10, duration}, 100, 8000, 0));
  }
  const auto ended = events.packet({5, true, 10, 800}, 100, 8000, 0);
  CHECK(ended && ended->digit == '5' && ended->durationMs == 100);
  CHECK(!events.packet({5, true, 10, 800}, 100, 8000, 0));
  CHECK(!events.packet({11, false, 10, 480}, 2000, 8000, packet));
  const auto overtaken = events.packet({12, false, 10, 160}, 4000, 8000, 2 * packet);
  CHECK(overtaken && overtaken->digit == '#' && overtaken->durationMs == 60);
  CHECK(!events.idle(3 * packet));
  const auto lost = events.idle(seconds(1));
  CHECK(lost && lost->digit == 'A');
});

TEST("the round trip is now less the report's time less how long the peer kept it", {
  // The example of RFC 3550 figure 2: A 0xb710:8000, delay 5.25 s, last report 0xb705:2000; 6.125 s.
  RtcpSession session;
  uint8_t bytes[64];
  RtcpWriter writer(bytes, sizeof bytes);
  writer.receiverReport(9, ReportBlock{7, 0, 0, 0, 0, 0xb7052000, 0x00054000});
  const uint64_t now = 0xb7108000ull << 16;
  CHECK(session.receive(bytes, writer.length(), 7, 8000, 0, now));
  CHECK(session.peer() && session.peer()->roundTripMs && std::fabs(*session.peer()->roundTripMs - 6125) < 1);
});

TEST("intervals lie between half and one and a half of five seconds, over e less 1.5", {
  RtcpSession session;
  ReceiveStatistics in;
  BurstMetrics bursts;
  session.begin(0, 0);
  CHECK(!session.due(milliseconds(1000)) && session.due(milliseconds(1030)));
  uint8_t bytes[maxRtcpBytes];
  session.report(bytes, sizeof bytes, 1, "a", false, {0, 0, 0, 0, 8000}, {{}, in, bursts, Codec::pcmu, 20, 0}, false, 0, 0, 1);
  CHECK(!session.due(milliseconds(6150)) && session.due(milliseconds(6160)));
});

TEST("bursts and gaps: four losses close together, one alone", {
  BurstMetrics metrics;
  for (int index = 0; index < 100; ++index) metrics.received();
  for (int index = 0; index < 4; ++index) {
    metrics.lost(1);
    metrics.received();
  }
  for (int index = 0; index < 100; ++index) metrics.received();
  metrics.lost(1);
  for (int index = 0; index < 100; ++index) metrics.received();
  const auto figures = metrics.figures(20);
  CHECK(figures.burstDensity > 0.4 && figures.burstDensity < 0.8, "%f", figures.burstDensity);
  CHECK(figures.gapDensity > 0.001 && figures.gapDensity < 0.01, "%f", figures.gapDensity);
  CHECK(figures.burstMs > 100 && figures.burstMs < 200, "%f", figures.burstMs);
});

TEST("the E-model: no loss 4.4, and the values of G.107's loss curve for G.711", {
  CHECK(std::fabs(estimateQuality(Codec::pcmu, 0, 0).mos - 4.41) < 0.01);
  CHECK(std::fabs(estimateQuality(Codec::pcmu, 0, 0).rating - 93.2) < 0.01);
  // 95 × 2 / (2 + 25.1) = 7.0 less; 400 ms one way: 9.6 + 24.5 less.
  CHECK(std::fabs(estimateQuality(Codec::pcmu, 0.02, 0).rating - 86.19) < 0.01);
  CHECK(std::fabs(estimateQuality(Codec::pcmu, 0, 400).rating - 59.1) < 0.1);
});

TEST_MAIN
