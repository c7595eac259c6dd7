// A port on a clock of the test's own, and a socket on the machine's.
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "engine-world.h"

using namespace holdfast;
using namespace holdfast::test;

TEST("a port tells of silence at 5 s and each further 5 s, and of its end", {
  EngineWorld world;
  world.open(1, EngineWorld::settings());
  world.arrive(1, rtp(0, 1, 160, 7, std::vector<uint8_t>(160)), EngineWorld::local(4000));
  for (int ms = 0; ms < 4900; ms += 50) world.step(milliseconds(50));
  CHECK(world.told<SilentEvent>() == 0);
  for (int ms = 0; ms < 5200; ms += 50) world.step(milliseconds(50));
  CHECK(world.told<SilentEvent>() == 2);
  world.arrive(1, rtp(0, 2, 320, 7, std::vector<uint8_t>(160)), EngineWorld::local(4000));
  CHECK(world.told<SilentEvent>() == 3);
  const auto& last = std::get<SilentEvent>(world.events.back());
  CHECK(last.silentMs == 0);
});

TEST("what is no media is handed up, at most a hundred times a second", {
  EngineWorld world;
  world.open(1, EngineWorld::settings());
  const std::vector<uint8_t> stun = {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42};
  for (int index = 0; index < 150; ++index) world.arrive(1, stun, EngineWorld::local(4000), 2);
  CHECK(world.told<PacketEvent>() == 100);
  CHECK(world.port(1).statistics().refusedMalformed == 50);
  world.step(seconds(1));
  world.arrive(1, stun, EngineWorld::local(4000));
  CHECK(world.told<PacketEvent>() == 101);
});

TEST("a dated socket tells when a datagram came, and not when it was read", {
  UdpSocket from;
  UdpSocket to;
  CHECK(from.open(EngineWorld::local(0)).empty() && to.open(EngineWorld::local(0)).empty());
  SocketAddress at;
  socklen_t size = SocketAddress::capacity();
  CHECK(getsockname(to.descriptor(), at.raw(), &size) == 0);
  const auto now = [] {
    timespec clock{};
    clock_gettime(CLOCK_MONOTONIC, &clock);
    return seconds(clock.tv_sec) + clock.tv_nsec;
  };
  uint8_t byte = 7;
  for (const bool dated : {false, true}) {
    if (dated) to.date();
    const Nanoseconds sent = now();
    CHECK(from.send(&byte, 1, at));
    usleep(60000);
    SocketAddress sender;
    CHECK(to.receive(&byte, 1, sender) == 1 && byte == 7 && sender.isSet());
    if (!dated) CHECK(to.arrival() == 0);
    // The wall clock lies between: it may be slewed meanwhile.
    else CHECK(to.arrival() > sent - milliseconds(1) && to.arrival() < now() - milliseconds(20));
  }
  CHECK(to.receive(&byte, 1, at) < 0 && to.arrival() == 0);
});

TEST_MAIN
