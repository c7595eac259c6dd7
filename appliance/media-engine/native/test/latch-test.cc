// Whose packets are believed, in time that the test makes.
#include "rtp/latch.h"

#include "test/check.h"

using namespace holdfast;

namespace {

using Verdict = Latch::Verdict;

SocketAddress at(const char* host, uint16_t port) { return *SocketAddress::parse(host, port); }

const SocketAddress named = at("192.0.2.9", 4000);
const SocketAddress otherPort = at("192.0.2.9", 5000);
const SocketAddress stranger = at("203.0.113.5", 4000);

constexpr Nanoseconds packet = milliseconds(20);

/** A latch that has heard ten packets of the named address; the last has sequence 9 and came at `9 * packet`. */
Latch flowing() {
  Latch latch;
  latch.configure(LatchMode::any, 1, named);
  for (uint16_t index = 0; index < 10; ++index) latch.judge(named, 7, index, false, index * packet);
  return latch;
}

}  // namespace

TEST("each mode takes the sources that it names", {
  for (const LatchMode mode : {LatchMode::signalled, LatchMode::address, LatchMode::any}) {
    const auto takes = [mode](const SocketAddress& from) {
      Latch latch;
      latch.configure(mode, 0, named);
      return latch.judge(from, 1, 1, false, 0) == Verdict::changed;
    };
    CHECK(takes(named));
    CHECK(takes(otherPort) == (mode != LatchMode::signalled));
    CHECK(takes(stranger) == (mode == LatchMode::any));
  }
});

TEST("a stranger does not get in beside a stream that runs, nor by its SSRC", {
  Latch latch;
  latch.configure(LatchMode::any, 0, named);
  CHECK(latch.judge(otherPort, 7, 1, false, 0) == Verdict::changed);
  for (uint16_t i = 2; i < 50; i++) {
    const Nanoseconds now = milliseconds(20) * i;
    CHECK(latch.judge(otherPort, 7, i, false, now) == Verdict::believed);
    CHECK(latch.judge(stranger, 7, static_cast<uint16_t>(i + 1), false, now) == Verdict::refused);
    CHECK(latch.judge(stranger, 8, i, false, now) == Verdict::refused);
  }
});

TEST("a silent source may come from another address, where it goes on with its stream", {
  Latch latch;
  latch.configure(LatchMode::any, 0, named);
  CHECK(latch.judge(otherPort, 7, 1, false, 0) == Verdict::changed);
  CHECK(latch.judge(stranger, 8, 2, false, milliseconds(900)) == Verdict::refused);
  CHECK(latch.judge(stranger, 7, 2, false, milliseconds(900)) == Verdict::changed);
});

TEST("the address that the peer named outranks whoever was first", {
  for (const LatchMode mode : {LatchMode::address, LatchMode::any}) {
    Latch latch;
    latch.configure(mode, 0, named);
    CHECK(latch.judge(otherPort, 7, 1, false, 0) == Verdict::changed);
    CHECK(latch.judge(named, 8, 1, false, milliseconds(5)) == Verdict::changed);
    CHECK(latch.judge(otherPort, 7, 2, false, milliseconds(20)) == Verdict::refused);
    CHECK(latch.judge(named, 8, 2, false, milliseconds(25)) == Verdict::believed);
  }
});

TEST("a new negotiation opens the latch, and only one that is newer", {
  Latch latch;
  latch.configure(LatchMode::address, 3, named);
  CHECK(latch.judge(named, 7, 1, false, 0) == Verdict::changed);
  latch.configure(LatchMode::address, 3, named);
  CHECK(latch.judge(otherPort, 9, 1, false, milliseconds(1)) == Verdict::refused);
  latch.configure(LatchMode::address, 4, named);
  CHECK(latch.judge(otherPort, 9, 1, false, milliseconds(2)) == Verdict::changed);
});

TEST("nor when it is silent, unless he goes on with its SSRC and its numbers", {
  Latch latch = flowing();
  const Nanoseconds later = 9 * packet + Latch::addressSilence;
  CHECK(latch.judge(stranger, 8, 10, false, later) == Verdict::refused);
  CHECK(latch.judge(stranger, 7, 9, false, later) == Verdict::refused);
  CHECK(latch.judge(stranger, 7, 5000, false, later) == Verdict::refused);
  CHECK(latch.judge(otherPort, 7, 10, false, later - 1) == Verdict::refused);
  CHECK(latch.judge(otherPort, 7, 10, false, later) == Verdict::changed);
  CHECK(latch.address() == otherPort);
});

TEST("a new SSRC of the same address waits for the old one's silence and for a second packet", {
  Latch latch = flowing();
  const Nanoseconds soon = 9 * packet + Latch::ssrcSilence / 2;
  CHECK(latch.judge(named, 8, 100, false, soon) == Verdict::refused);
  CHECK(latch.judge(named, 8, 101, false, soon) == Verdict::refused);
  const Nanoseconds later = 9 * packet + Latch::ssrcSilence;
  CHECK(latch.judge(named, 8, 102, false, later) == Verdict::changed);
  CHECK(latch.judge(named, 8, 103, false, later) == Verdict::believed);
});

TEST("SRTP proves who sends: no silence is waited for", {
  Latch latch = flowing();
  CHECK(latch.judge(named, 8, 100, true, 9 * packet) == Verdict::refused);
  CHECK(latch.judge(named, 8, 101, true, 9 * packet) == Verdict::changed);
});

TEST("ICE's path rules alone, and nobody is believed without one", {
  Latch latch = flowing();
  latch.pin(SocketAddress());
  CHECK(latch.judge(named, 7, 10, false, 10 * packet) == Verdict::refused);
  latch.pin(otherPort);
  CHECK(latch.judge(named, 7, 11, false, 11 * packet) == Verdict::refused);
  CHECK(latch.judge(otherPort, 7, 12, false, 12 * packet) == Verdict::believed);
});

TEST_MAIN
