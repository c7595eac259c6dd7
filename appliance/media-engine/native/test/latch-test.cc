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

TEST_MAIN
