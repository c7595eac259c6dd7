// A port on a clock of the test's own.
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

TEST_MAIN
