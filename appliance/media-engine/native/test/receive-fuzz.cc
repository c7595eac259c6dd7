// Whatever comes to a port's sockets: RTP, RTCP, STUN, ChannelData, SRTP sealed by a peer that has the keys and means ill.
//   receive-fuzz [SECONDS [SEED]]
// Inputs are lists of actions; those that reach new branches are kept and changed further. What fails is printed in hex.
#include <sanitizer/common_interface_defs.h>

#include <chrono>
#include <cstdlib>
#include <random>

#include "coverage.h"
#include "engine-world.h"

using namespace holdfast;
using namespace holdfast::test;

namespace {

using Input = std::vector<uint8_t>;

constexpr size_t maxInput = 4096;
constexpr size_t maxCorpus = 4000;
const Input* current = nullptr;

void printCurrent() {
  if (current == nullptr) return;
  std::fprintf(stderr, "input:");
  for (const uint8_t byte : *current) std::fprintf(stderr, "%02x", byte);
  std::fprintf(stderr, "\n");
}

SrtpKey keyOf(SrtpSuite suite, uint8_t fill) {
  SrtpKey key;
  key.suite = suite;
  key.length = masterKeyBytes(suite) + masterSaltBytes(suite);
  key.bytes.fill(fill);
  return key;
}

/** Takes an input apart; what is missing reads as zero. */
class Reader {
 public:
  explicit Reader(const Input& input) : input_(input) {}
  bool done() const { return at_ >= input_.size(); }
  uint8_t byte() { return done() ? uint8_t{0} : input_[at_++]; }
  std::vector<uint8_t> bytes(size_t count) {
    const size_t there = std::min(count, input_.size() - std::min(at_, input_.size()));
    std::vector<uint8_t> taken(input_.begin() + static_cast<std::ptrdiff_t>(at_),
                               input_.begin() + static_cast<std::ptrdiff_t>(at_ + there));
    at_ += there;
    return taken;
  }

 private:
  const Input& input_;
  size_t at_ = 0;
};

/** Port 1 plain, port 2 secure, bridged, with every codec and detector there is; port 3 hears the first, opaque. */
void run(const Input& input) {
  EngineWorld world;
  Reader reader(input);
  const uint8_t shape = reader.byte();
  const auto suite = static_cast<SrtpSuite>(reader.byte() % 6);
  RtpSettings plain = EngineWorld::settings();
  plain.receives = {EngineWorld::format(Codec::pcmu, 0), EngineWorld::format(Codec::opus, 96, 48000),
                    EngineWorld::format(Codec::g722, 9), EngineWorld::format(Codec::telephoneEvent, 101),
                    EngineWorld::format(Codec::cn, 13), EngineWorld::format(Codec::l16, 98, 16000)};
  plain.sends = {plain.receives[(shape & 1) != 0 ? 0 : 1], plain.receives[3]};
  plain.detectDigits = (shape & 2) != 0;
  plain.detectFax = (shape & 4) != 0;
  plain.rtcpMux = (shape & 8) != 0;
  plain.rtcpXr = true;
  plain.remote = RemoteAddresses{EngineWorld::local(9), EngineWorld::local(9)};
  plain.hears.kind = Source::Kind::port;
  RtpSettings secure = plain;
  plain.hears.port = 2;
  secure.hears.port = 1;
  secure.ice = (shape & 16) != 0;
  secure.security.kind = Security::Kind::sdes;
  secure.security.keys = SrtpKeys{keyOf(suite, 1), keyOf(suite, 2), std::nullopt, std::nullopt};
  if ((shape & 32) != 0) secure.sends = {secure.receives[2]};
  world.open(1, plain);
  world.open(2, secure);
  const SocketAddress relay = EngineWorld::local(3478);
  world.engine.apply(PathCommand{2, 1, EngineWorld::local(4000), (shape & 64) != 0 ? relay : SocketAddress(), 0x4000});
  world.step();
  SrtpSender peer;
  peer.setKeys(keyOf(suite, 2), std::nullopt, 5);
  uint16_t sequence = 0;
  for (int actions = 0; !reader.done() && actions < 64; ++actions) {
    const uint8_t action = reader.byte();
    const uint8_t detail = reader.byte();
    const PortId to = (action & 1) != 0 ? 1 : 2;
    const SocketAddress from = (action & 2) != 0 ? EngineWorld::local(4000) : (action & 4) != 0 ? relay : EngineWorld::local(4001);
    std::vector<uint8_t> bytes = reader.bytes(reader.byte());
    switch (action >> 4) {
      case 0:
      case 1:
        world.arrive(to, bytes, from, (action & 8) != 0 ? 2 : 1);
        break;
      case 2:
      case 3:
      case 4:
      case 5: {
        // Plausible RTP: numbers mostly go on, payload and payload type are whatever they are.
        sequence = static_cast<uint16_t>(sequence + ((action & 8) != 0 ? 1 : detail - 100));
        bytes = rtp(detail & 0x7f, sequence, sequence * 160u, 5, bytes);
        if ((detail & 0x80) != 0) bytes[0] = static_cast<uint8_t>(bytes[0] | (detail & 0x3f));
        if (to == 2) {
          size_t length = bytes.size();
          bytes.resize(length + maxSrtpTrailerBytes);
          if (!peer.protect(bytes.data(), length)) length = 0;
          bytes.resize(length);
        }
        world.arrive(to, bytes, from);
        break;
      }
      case 6:
      case 7: {
        std::vector<uint8_t> rtcp = {0x80, detail, 0, 0, 0, 0, 0, 5};
        rtcp.insert(rtcp.end(), bytes.begin(), bytes.end());
        rtcp.resize(rtcp.size() / 4 * 4);
        write16(rtcp.data() + 2, static_cast<uint16_t>(rtcp.size() / 4 - 1));
        rtcp[0] = static_cast<uint8_t>(rtcp[0] | (action & 0x0f));
        if (to == 2) {
          size_t length = rtcp.size();
          rtcp.resize(length + maxSrtpTrailerBytes);
          if (!peer.protectRtcp(rtcp.data(), length)) length = 0;
          rtcp.resize(length);
        }
        world.arrive(to, rtcp, from, plain.rtcpMux ? 1 : 2);
        break;
      }
      case 8: {
        std::vector<uint8_t> wrapped = {0x40, 0, 0, static_cast<uint8_t>(bytes.size())};
        wrapped.insert(wrapped.end(), bytes.begin(), bytes.end());
        world.arrive(2, wrapped, relay);
        break;
      }
      case 9:
        secure.security.keys->receive = keyOf(suite, detail);
        peer.setKeys(keyOf(suite, detail), std::nullopt, 5);
        world.configure(2, secure);
        break;
      case 10:
        plain.opaque = (detail & 1) != 0;
        plain.packetMs = 10 + detail % 51;
        plain.sends[0] = plain.receives[detail % plain.receives.size()];
        ++plain.latchEpoch;
        world.configure(1, plain);
        break;
      case 11:
        world.engine.apply(DigitCommand{to, "0123456789*#ABCD"[detail % 16], 1u + detail});
        world.step();
        break;
      default:
        world.step(milliseconds(detail));
        break;
    }
  }
  world.step(seconds(6));
  world.engine.apply(CloseCommand{1});
  world.step();
  world.step(seconds(6));
}

class Mutator {
 public:
  explicit Mutator(uint32_t seed) : random_(seed) {}

  Input change(const std::vector<Input>& corpus) {
    Input input = corpus[draw(corpus.size())];
    for (size_t times = 1 + draw(6); times > 0; --times) once(input, corpus);
    if (input.size() > maxInput) input.resize(maxInput);
    return input;
  }

 private:
  size_t draw(size_t below) { return below == 0 ? 0 : random_() % below; }

  void once(Input& input, const std::vector<Input>& corpus) {
    const size_t at = draw(input.size() + 1);
    const auto place = input.begin() + static_cast<std::ptrdiff_t>(at);
    switch (draw(6)) {
      case 0:
        if (at < input.size()) input[at] = static_cast<uint8_t>(input[at] ^ (1 << draw(8)));
        return;
      case 1:
        if (at < input.size()) input[at] = static_cast<uint8_t>(random_());
        return;
      case 2:
        input.insert(place, static_cast<uint8_t>(random_()));
        return;
      case 3:
        if (at < input.size()) input.erase(place, place + static_cast<std::ptrdiff_t>(std::min(draw(16) + 1, input.size() - at)));
        return;
      case 4: {
        const Input other = corpus[draw(corpus.size())];
        const size_t from = draw(other.size());
        input.insert(place, other.begin() + static_cast<std::ptrdiff_t>(from), other.end());
        return;
      }
      default: {
        // An action with a body, so that what follows keeps its place.
        Input action = {static_cast<uint8_t>(random_()), static_cast<uint8_t>(random_()), static_cast<uint8_t>(draw(64))};
        for (size_t left = action[2]; left > 0; --left) action.push_back(static_cast<uint8_t>(random_()));
        input.insert(place, action.begin(), action.end());
        return;
      }
    }
  }

  std::mt19937 random_;
};

/** A branch counts by how often it was taken, coarsely. True: something that no input before has done. */
bool isNew(std::vector<uint8_t>& seen, size_t& edges) {
  bool fresh = false;
  for (size_t index = 0; index < coverageSize; ++index) {
    const uint8_t hits = coverage().hits[index];
    if (hits == 0) continue;
    const auto grade = static_cast<uint8_t>(hits == 1 ? 1 : hits < 4 ? 2 : hits < 32 ? 4 : 8);
    if ((seen[index] & grade) != 0) continue;
    if (seen[index] == 0) ++edges;
    seen[index] = static_cast<uint8_t>(seen[index] | grade);
    fresh = true;
  }
  return fresh;
}

}  // namespace

int main(int count, char** words) {
  const double limit = count > 1 ? std::atof(words[1]) : 3;
  const auto seed = static_cast<uint32_t>(count > 2 ? std::strtoul(words[2], nullptr, 10) : 1);
  __sanitizer_set_death_callback(printCurrent);
  Mutator mutator(seed);
  std::vector<Input> corpus = {{0}, Input(64, 0x28), Input(200, 0x62)};
  std::vector<uint8_t> seen(coverageSize);
  size_t edges = 0, runs = 0;
  const auto start = std::chrono::steady_clock::now();
  while (std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() < limit) {
    const Input input = runs < corpus.size() ? corpus[runs] : mutator.change(corpus);
    current = &input;
    Coverage& taken = coverage();
    memset(taken.hits, 0, sizeof taken.hits);
    taken.last = 0;
    taken.on = true;
    run(input);
    taken.on = false;
    current = nullptr;
    ++runs;
    if (isNew(seen, edges) && corpus.size() < maxCorpus) corpus.push_back(input);
  }
  std::printf("%zu runs, %zu edges, %zu inputs kept, seed %u\n", runs, edges, corpus.size(), seed);
  return edges > 300 && runs > 10 ? 0 : 1;
}
