// A line card without a card, and the far ends of its calls: the clock of N lines over Unix sockets, and RTP that is sent back as it
// comes. Marks in the sound tell how long it took each way. Says `ready` once the sockets are there, then one line of JSON.
//   tdm-load --folder DIR --lines N --block BYTES --port FIRST --seconds S --warm S --pid PID --cpu C
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "delays.h"

namespace holdfast::bench {
namespace {

constexpr int64_t second = 1'000'000'000;
constexpr int64_t sampleNs = 125'000;
constexpr size_t rtpHeader = 12;
/** µ-law: nothing, the loudest, and what is louder than anything but a mark. */
constexpr uint8_t quiet = 0xff;
constexpr uint8_t loud = 0x80;
constexpr uint8_t threshold = 0x98;
constexpr size_t markSamples = 16;
/** Between two marks of a line: longer than any delay. */
constexpr size_t markEvery = 4000;

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "tdm-load: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

int64_t now() {
  timespec at{};
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * second + at.tv_nsec;
}

struct Spent {
  int64_t ns = 0;
  int64_t wakeUps = 0;
};

/** Of all threads of a process. */
Spent spentBy(int pid) {
  Spent spent;
  const std::string tasks = "/proc/" + std::to_string(pid) + "/task";
  DIR* const folder = opendir(tasks.c_str());
  if (folder == nullptr) return spent;
  while (const dirent* const entry = readdir(folder)) {
    if (entry->d_name[0] == '.') continue;
    char line[256];
    if (FILE* const file = std::fopen((tasks + "/" + entry->d_name + "/schedstat").c_str(), "r")) {
      long long ns = 0;
      if (std::fscanf(file, "%lld", &ns) == 1) spent.ns += ns;
      std::fclose(file);
    }
    if (FILE* const file = std::fopen((tasks + "/" + entry->d_name + "/status").c_str(), "r")) {
      long long switches = 0;
      while (std::fgets(line, sizeof line, file) != nullptr) {
        if (std::sscanf(line, "voluntary_ctxt_switches: %lld", &switches) == 1) spent.wakeUps += switches;
      }
      std::fclose(file);
    }
  }
  closedir(folder);
  return spent;
}

bool isMark(uint8_t code) { return (code & 0x80) != 0 && code < threshold; }

struct Line {
  int listener = -1;
  int line = -1;
  int udp = -1;
  /** Samples said so far, and where the next mark begins. */
  size_t said = 0;
  size_t nextMark = 0;
  /** When the first sample of the last mark was on the line; -1: it has been heard on the network. */
  int64_t markAt = -1;
  /** When the packet with the mark was sent back, and how far into it the mark is; -1: nothing is expected on the line. */
  int64_t backAt = -1;
  size_t intoPacket = 0;
  int64_t loopFrom = 0;
  /** Samples heard so far. */
  size_t heard = 0;
  /** How long after their ticks the last answers came, before it counts. */
  std::array<int64_t, 8192> answers{};
  size_t answered = 0;
  /**
   * The slots of a line do not wait: what answers a tick is played from so long after it on, and what comes later than that is lost.
   * So long that one answer in a hundred was later.
   */
  int64_t grid = 0;

  void setGrid() {
    const auto last = answers.begin() + static_cast<std::ptrdiff_t>(std::min(answered, answers.size()));
    const auto place = answers.begin() + (last - answers.begin()) * 99 / 100;
    std::nth_element(answers.begin(), place, last);
    grid = *place;
  }
};

struct Options {
  std::string folder;
  size_t lines = 96;
  size_t block = 80;
  int port = 28000;
  double seconds = 10;
  double warm = 2;
  int pid = 0;
  int cpu = 1;
};

class Load {
 public:
  explicit Load(const Options& options) : options_(options), lines_(options.lines) {
    for (size_t i = 0; i < lines_.size(); i++) {
      sockaddr_un at{};
      at.sun_family = AF_UNIX;
      const std::string path = options.folder + "/line-" + std::to_string(i);
      if (path.size() >= sizeof at.sun_path) fail("path");
      std::memcpy(at.sun_path, path.c_str(), path.size());
      lines_[i].listener = socket(AF_UNIX, SOCK_STREAM, 0);
      if (bind(lines_[i].listener, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0) fail("bind");
      if (listen(lines_[i].listener, 1) != 0) fail("listen");
      sockaddr_in local{};
      local.sin_family = AF_INET;
      local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      local.sin_port = htons(static_cast<uint16_t>(options.port + 2 * static_cast<int>(i)));
      lines_[i].udp = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
      if (bind(lines_[i].udp, reinterpret_cast<sockaddr*>(&local), sizeof local) != 0) fail("bind");
      lines_[i].nextMark = markEvery + random_() % markEvery;
    }
  }

  void run() {
    // Whoever should connect may have ended.
    alarm(static_cast<unsigned>(options_.seconds + options_.warm) + 30);
    std::printf("ready\n");
    std::fflush(stdout);
    for (Line& line : lines_) {
      line.line = accept4(line.listener, nullptr, nullptr, SOCK_NONBLOCK);
      if (line.line < 0) fail("accept");
      waits_.push_back({line.line, POLLIN, 0});
      waits_.push_back({line.udp, POLLIN, 0});
    }
    const int64_t period = static_cast<int64_t>(options_.block) * sampleNs;
    const int64_t began = now();
    firstTick_ = began + period;
    const int64_t counted = began + static_cast<int64_t>(options_.warm * 1e9);
    const int64_t ends = counted + static_cast<int64_t>(options_.seconds * 1e9);
    for (int64_t tick = began + period; tick < ends; tick += period) {
      wait(tick);
      if (!counting_ && tick >= counted) {
        counting_ = true;
        before_ = spentBy(options_.pid);
        countedFrom_ = now();
        for (Line& line : lines_) line.setGrid();
      }
      if (counting_) late_.add(now() - tick);
      for (Line& line : lines_) say(line, tick);
    }
    after_ = spentBy(options_.pid);
    took_ = now() - countedFrom_;
    print();
  }

 private:
  /** Hears what comes until then. */
  void wait(int64_t until) {
    for (;;) {
      const int64_t left = until - now();
      const timespec rest{0, left > 0 ? static_cast<long>(left) : 0};
      const int ready = ppoll(waits_.data(), waits_.size(), &rest, nullptr);
      if (ready > 0) {
        for (size_t i = 0; i < lines_.size(); i++) {
          if (waits_[2 * i].revents != 0) hearLine(lines_[i]);
          if (waits_[2 * i + 1].revents != 0) hearNetwork(lines_[i]);
        }
      }
      if (now() >= until) return;
    }
  }

  /** A block that is complete at `tick`. */
  void say(Line& line, int64_t tick) {
    std::array<uint8_t, 160> codes;
    for (size_t i = 0; i < options_.block; i++) {
      const size_t at = line.said + i;
      codes[i] = at >= line.nextMark && at < line.nextMark + markSamples ? loud : quiet;
      if (at == line.nextMark) line.markAt = tick - static_cast<int64_t>(options_.block - i) * sampleNs;
    }
    line.said += options_.block;
    if (line.said >= line.nextMark + markSamples) line.nextMark += markEvery + random_() % 400;
    if (send(line.line, codes.data(), options_.block, MSG_NOSIGNAL) != static_cast<ssize_t>(options_.block)) blocked_++;
  }

  void hearNetwork(Line& line) {
    uint8_t packet[1500];
    sockaddr_in from{};
    socklen_t size = sizeof from;
    ssize_t length = 0;
    while ((length = recvfrom(line.udp, packet, sizeof packet, 0, reinterpret_cast<sockaddr*>(&from), &size)) > 0) {
      if (length <= static_cast<ssize_t>(rtpHeader)) continue;
      const int64_t at = now();
      packets_ += counting_ ? 1 : 0;
      packet[8] ^= 0x55;  // a source of its own
      sendto(line.udp, packet, static_cast<size_t>(length), 0, reinterpret_cast<sockaddr*>(&from), size);
      for (size_t i = rtpHeader; line.markAt >= 0 && i < static_cast<size_t>(length); i++) {
        if (!isMark(packet[i])) continue;
        line.intoPacket = i - rtpHeader;
        line.loopFrom = line.markAt;
        line.backAt = at;
        if (counting_) toNetwork_.add(at - line.markAt + static_cast<int64_t>(line.intoPacket) * sampleNs);
        line.markAt = -1;
      }
    }
  }

  void hearLine(Line& line) {
    uint8_t codes[4096];
    ssize_t length = 0;
    while ((length = read(line.line, codes, sizeof codes)) > 0) {
      const int64_t at = now();
      for (ssize_t i = 0; i < length; i++, line.heard++) {
        const auto into = static_cast<int64_t>(line.heard % options_.block);
        const int64_t tick = firstTick_ + static_cast<int64_t>(line.heard - static_cast<size_t>(into)) * sampleNs;
        if (into == 0 && !counting_) line.answers[line.answered++ % line.answers.size()] = at - tick;
        const int64_t played = tick + line.grid + into * sampleNs;
        if (counting_ && played < at) {
          lost_++;
          continue;
        }
        if (line.backAt < 0 || !isMark(codes[i])) continue;
        if (counting_) {
          toLine_.add(played - line.backAt - static_cast<int64_t>(line.intoPacket) * sampleNs);
          loop_.add(played - line.loopFrom);
          inCard_.add(played - at - i * sampleNs);
        }
        line.backAt = -1;
      }
    }
    if (length == 0) fail("the line was closed");
  }

  void print() const {
    const auto ms = [](int64_t ns) { return static_cast<double>(ns) / 1e6; };
    const double seconds = static_cast<double>(took_) / 1e9;
    const auto figures = [&](const char* name, const Delays& delays) {
      std::printf("\"%s\":{\"p50\":%.3f,\"p99\":%.3f,\"most\":%.3f,\"count\":%llu},", name, ms(delays.within(0.5)),
                  ms(delays.within(0.99)), ms(delays.most()), static_cast<unsigned long long>(delays.count()));
    };
    std::printf("{");
    figures("toNetwork", toNetwork_);
    figures("toLine", toLine_);
    figures("loop", loop_);
    figures("inCard", inCard_);
    figures("late", late_);
    std::printf("\"packetsPerSecond\":%.1f,\"load\":%.5f,\"wakeUps\":%.1f,\"blocked\":%llu,\"lost\":%.5f}\n",
                static_cast<double>(packets_) / seconds, static_cast<double>(after_.ns - before_.ns) / static_cast<double>(took_),
                static_cast<double>(after_.wakeUps - before_.wakeUps) / seconds, static_cast<unsigned long long>(blocked_),
                static_cast<double>(lost_) / (seconds * 8000 * static_cast<double>(lines_.size())));
    std::fflush(stdout);
  }

  const Options& options_;
  std::vector<Line> lines_;
  std::vector<pollfd> waits_;
  std::minstd_rand random_{7};
  Delays toNetwork_, toLine_, loop_, inCard_, late_;
  bool counting_ = false;
  uint64_t packets_ = 0;
  uint64_t blocked_ = 0;
  /** Samples that came when their slot was over. */
  uint64_t lost_ = 0;
  int64_t firstTick_ = 0;
  Spent before_, after_;
  int64_t countedFrom_ = 0;
  int64_t took_ = 1;
};

}  // namespace
}  // namespace holdfast::bench

int main(int count, char** words) {
  using namespace holdfast::bench;
  Options options;
  std::map<std::string, std::string> given;
  for (int i = 1; i + 1 < count; i += 2) given[words[i]] = words[i + 1];
  options.folder = given["--folder"];
  options.lines = static_cast<size_t>(std::atoi(given["--lines"].c_str()));
  options.block = static_cast<size_t>(std::atoi(given["--block"].c_str()));
  options.port = std::atoi(given["--port"].c_str());
  options.seconds = std::atof(given["--seconds"].c_str());
  options.warm = std::atof(given["--warm"].c_str());
  options.pid = std::atoi(given["--pid"].c_str());
  options.cpu = std::atoi(given["--cpu"].c_str());
  if (options.block < 8 || options.block > 160) return 2;
  prctl(PR_SET_TIMERSLACK, 1000UL);
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<size_t>(options.cpu), &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) std::fprintf(stderr, "tdm-load: not on a processor of its own\n");
  sched_param priority{};
  priority.sched_priority = 5;
  if (sched_setscheduler(0, SCHED_RR, &priority) != 0) std::fprintf(stderr, "tdm-load: not in real time\n");
  Load load(options);
  load.run();
  return 0;
}
