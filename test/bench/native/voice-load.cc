// voice-load --local ADDRESS --port N [--seconds S] [--warm S] [--packet-ms M] [--window N] [--pid P]
//   [--cpu N] [--real-time] [--apart] [--intervals N] [--turn US]  < plan
// Talks on both sides of something that carries voice, and measures what it adds. The plan has a line for each far end,
// two lines a call: HOST PORT CODEC PAYLOADTYPE plain|SUITE SENDKEY RECEIVEKEY. First ends speak from port N, second ones
// from N+2; a line with a dot ends it. --apart: each end has a socket of its own, two ports above the one before. Paced at the packet time, with spread phases; with --window as fast as answers come, so many on their way.
// Prints a line of JSON for each interval of S seconds (one). Turns of at least US microseconds spare the processor.
// Times of arrival are the kernel's, so that a late turn of this program is not blamed on others.
#include <arpa/inet.h>
#include <dirent.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "far-end.h"

namespace holdfast::bench {
namespace {

constexpr unsigned batch = 64;
constexpr int64_t second = 1'000'000'000;
constexpr int64_t seam = second / 10;

struct Options {
  std::string local = "127.0.0.1";
  uint16_t port = 0;
  double seconds = 5;
  double warm = 2;
  int packetMs = 20;
  int intervals = 1;
  int64_t turn = 3000;
  unsigned window = 0;
  int pid = 0;
  int cpu = -1;
  bool realTime = false;
  bool apart = false;
};

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "voice-load: %s (%s)\n", why.c_str(), std::strerror(errno));
  std::exit(1);
}

Options optionsOf(int count, char** words) {
  Options options;
  for (int i = 1; i < count; i++) {
    const std::string word = words[i];
    if (word == "--apart") {
      options.apart = true;
      continue;
    }
    if (word == "--real-time") {
      options.realTime = true;
      continue;
    }
    if (i + 1 >= count) fail("no value for " + word);
    const std::string value = words[++i];
    if (word == "--local") options.local = value;
    else if (word == "--port") options.port = static_cast<uint16_t>(std::stoi(value));
    else if (word == "--seconds") options.seconds = std::stod(value);
    else if (word == "--warm") options.warm = std::stod(value);
    else if (word == "--packet-ms") options.packetMs = std::stoi(value);
    else if (word == "--intervals") options.intervals = std::stoi(value);
    else if (word == "--turn") options.turn = std::stoll(value) * 1000;
    else if (word == "--window") options.window = static_cast<unsigned>(std::stoi(value));
    else if (word == "--pid") options.pid = std::stoi(value);
    else if (word == "--cpu") options.cpu = std::stoi(value);
    else fail("unknown option " + word);
  }
  return options;
}

/** The kernel stamps packets by this clock. */
int64_t now() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec * second + time.tv_nsec;
}

/** Time on the processor of all threads of a process; what /proc/PID/stat says in hundredths, in nanoseconds. */
int64_t processorTime(int pid) {
  const std::string folder = "/proc/" + std::to_string(pid) + "/task";
  DIR* tasks = opendir(folder.c_str());
  if (tasks == nullptr) return 0;
  int64_t sum = 0;
  while (const dirent* task = readdir(tasks)) {
    if (task->d_name[0] == '.') continue;
    std::ifstream file(folder + "/" + task->d_name + "/schedstat");
    int64_t spent = 0;
    if (file >> spent) sum += spent;
  }
  closedir(tasks);
  return sum;
}

/** One socket: all far ends of one side speak from it. */
class Side {
 public:
  Side(const Options& options, uint16_t port) {
    socket_ = open(options, port, false);
    // What comes to the RTCP port is not read, but it is not refused either.
    open(options, static_cast<uint16_t>(port + 1), true);
    for (unsigned i = 0; i < batch; i++) {
      outVectors_[i] = {outBytes_[i].data(), 0};
      out_[i].msg_hdr.msg_iov = &outVectors_[i];
      out_[i].msg_hdr.msg_iovlen = 1;
      out_[i].msg_hdr.msg_namelen = sizeof(sockaddr_in);
      inVectors_[i] = {inBytes_[i].data(), packetBytes};
      in_[i].msg_hdr.msg_iov = &inVectors_[i];
      in_[i].msg_hdr.msg_iovlen = 1;
      in_[i].msg_hdr.msg_name = &from_[i];
    }
  }

  void queue(FarEnd& end, int64_t at) {
    outVectors_[queued_].iov_len = end.send(outBytes_[queued_].data(), at);
    to_[queued_] = end.remote();
    out_[queued_].msg_hdr.msg_name = &to_[queued_];
    if (++queued_ == batch) flush();
  }

  void flush() {
    unsigned done = 0;
    while (done < queued_) {
      const int sent = sendmmsg(socket_, &out_[done], queued_ - done, 0);
      if (sent > 0) done += static_cast<unsigned>(sent);
      else if (errno != EAGAIN && errno != EINTR && errno != ECONNREFUSED && errno != ENOBUFS) fail("sendmmsg");
    }
    queued_ = 0;
  }

  /** Hands each packet that waits to `take(source port, bytes, length, time)`; whether there were any. */
  template <typename Take>
  bool receive(Take take) {
    bool any = false;
    for (;;) {
      for (unsigned i = 0; i < batch; i++) {
        in_[i].msg_hdr.msg_namelen = sizeof(sockaddr_in);
        in_[i].msg_hdr.msg_control = control_[i].data();
        in_[i].msg_hdr.msg_controllen = control_[i].size();
      }
      const int got = recvmmsg(socket_, in_.data(), batch, MSG_DONTWAIT, nullptr);
      if (got <= 0) return any;
      any = true;
      for (int i = 0; i < got; i++) {
        const auto at = static_cast<size_t>(i);
        take(ntohs(from_[at].sin_port), inBytes_[at].data(), static_cast<size_t>(in_[at].msg_len), stampOf(in_[at].msg_hdr));
      }
      if (got < static_cast<int>(batch)) return any;
    }
  }

 private:
  static int open(const Options& options, uint16_t port, bool ignored) {
    const int made = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    if (inet_pton(AF_INET, options.local.c_str(), &address.sin_addr) != 1) fail("no address: " + options.local);
    const int room = ignored ? 4096 : 64 << 20;
    setsockopt(made, SOL_SOCKET, ignored ? SO_RCVBUF : SO_RCVBUFFORCE, &room, sizeof room);
    const int on = 1;
    if (!ignored) setsockopt(made, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    if (bind(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("bind " + std::to_string(port));
    return made;
  }

  static int64_t stampOf(const msghdr& header) {
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(const_cast<msghdr*>(&header), part)) {
      if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
      timespec time{};
      std::memcpy(&time, CMSG_DATA(part), sizeof time);
      return time.tv_sec * second + time.tv_nsec;
    }
    return now();
  }

  int socket_ = -1;
  unsigned queued_ = 0;
  std::array<mmsghdr, batch> out_{}, in_{};
  std::array<iovec, batch> outVectors_{}, inVectors_{};
  std::array<sockaddr_in, batch> to_{}, from_{};
  std::array<std::array<uint8_t, packetBytes>, batch> outBytes_{}, inBytes_{};
  std::array<std::array<uint8_t, 64>, batch> control_{};
};

class Load {
 public:
  explicit Load(const Options& options) : options_(options), intervals_(options.intervals) {
    byPort_[0].fill(nobody);
    byPort_[1].fill(nobody);
    EndPlan plan;
    int type = 0;
    for (std::string line; std::getline(std::cin, line) && line != ".";) {
      std::istringstream words(line);
      words >> plan.host >> plan.port >> plan.codec >> type >> plan.suite >> plan.sendKey >> plan.receiveKey;
      if (!words) fail("a line of the plan is incomplete: " + line);
      plan.payloadType = static_cast<uint8_t>(type);
      if (payloads_.count(plan.codec) == 0) payloads_[plan.codec] = payloadsOf(plan.codec, options.packetMs);
      byPort_[ends_.size() % 2][plan.port] = static_cast<uint32_t>(ends_.size());
      ends_.push_back(std::make_unique<FarEnd>(plan, ends_.size(), payloads_[plan.codec]));
    }
    if (ends_.empty() || ends_.size() % 2 != 0) fail("a plan of calls has two lines for each");
    for (size_t i = 0; i < (options.apart ? ends_.size() : 2); i++) {
      sides_.push_back(std::make_unique<Side>(options, static_cast<uint16_t>(options.port + 2 * i)));
    }
  }

  void run() {
    if (options_.window > 0) saturate();
    else pace();
    print();
  }

 private:
  static constexpr uint32_t nobody = UINT32_MAX;

  /** Each end each packet time, their phases spread by the golden section so that neighbours of a call are apart. */
  void pace() {
    const int64_t period = options_.packetMs * (second / 1000);
    std::vector<std::pair<int64_t, size_t>> order;
    for (size_t i = 0; i < ends_.size(); i++) {
      order.emplace_back(static_cast<int64_t>(std::fmod(static_cast<double>(i) * 0.6180339887498949, 1) * static_cast<double>(period)), i);
    }
    std::sort(order.begin(), order.end());
    const int64_t start = now() + 10'000'000;
    const int64_t measureAt = start + static_cast<int64_t>(options_.warm * static_cast<double>(second));
    const auto length = static_cast<int64_t>(options_.seconds * static_cast<double>(second));
    int64_t endAt = measureAt + length;
    int64_t nextAt = INT64_MAX;
    size_t place = 0;
    int64_t cycle = start;
    for (;;) {
      const int64_t due = cycle + order[place].first;
      int64_t time = now();
      if (time < due) {
        receive();
        time = now();
        // Not past a millisecond, so that received packets do not wait for long.
        const int64_t rest = std::max(std::min(due - time, second / 1000), options_.turn);
        timespec nap{0, rest};
        if (due - time > 3000) nanosleep(&nap, nullptr);
        continue;
      }
      if (!measuring_ && due >= measureAt) begin();
      if (measuring_ && due >= endAt) {
        end();
        if (--intervals_ == 0) {
          flush();
          drain(300'000'000);
          break;
        }
        // What is under way is waited for while the talk goes on; what is said meanwhile is in no interval.
        endAt = INT64_MAX;
        nextAt = due + seam;
      }
      if (due >= nextAt) {
        receive();
        print();
        begin();
        nextAt = INT64_MAX;
        endAt = due + length;
      }
      if (measuring_) late_.add(time - due);
      const size_t which = order[place].second;
      sideOf(which).queue(*ends_[which], time);
      if (options_.apart) sideOf(which).flush();
      if (++place == order.size()) {
        place = 0;
        cycle += period;
      }
      if (cycle + order[place].first > time) flush();
    }
  }

  /** As fast as answers come: `window` packets are on their way, or were until 100 ms ago. */
  void saturate() {
    const int64_t start = now();
    const int64_t measureAt = start + static_cast<int64_t>(options_.warm * static_cast<double>(second));
    const int64_t endAt = measureAt + static_cast<int64_t>(options_.seconds * static_cast<double>(second));
    size_t place = 0;
    uint64_t sent = 0;
    int64_t progress = start;
    uint64_t before = 0;
    for (;;) {
      const int64_t time = now();
      if (!measuring_ && time >= measureAt) begin();
      if (time >= endAt) break;
      receive();
      if (arrived_ != before) {
        before = arrived_;
        progress = time;
      } else if (time - progress > second / 10) {
        sent = arrived_;
        progress = time;
      }
      unsigned room = sent - arrived_ < options_.window ? static_cast<unsigned>(options_.window - (sent - arrived_)) : 0;
      for (room = std::min(room, batch); room > 0; room--) {
        sideOf(place).queue(*ends_[place], now());
        place = (place + 1) % ends_.size();
        sent++;
      }
      flush();
    }
    end();
    drain(100'000'000);
  }

  void begin() {
    receive();
    measuring_ = true;
    heard_ = Heard{};
    late_ = Delays{};
    for (auto& end : ends_) end->begin();
    if (options_.pid > 0) spent_ = processorTime(options_.pid);
    own_ = processorTime(getpid());
    began_ = now();
  }

  void end() {
    took_ = now() - began_;
    if (options_.pid > 0) spent_ = processorTime(options_.pid) - spent_;
    own_ = processorTime(getpid()) - own_;
    for (auto& end : ends_) end->end();
  }

  void drain(int64_t length) {
    const int64_t until = now() + length;
    while (now() < until) {
      receive();
      timespec nap{0, 500'000};
      nanosleep(&nap, nullptr);
    }
  }

  void flush() {
    for (auto& side : sides_) side->flush();
  }

  Side& sideOf(size_t end) { return *sides_[options_.apart ? end : end % 2]; }

  void receive() {
    // Many sockets are looked at each millisecond; the kernel has stamped what waits there.
    const int64_t time = now();
    if (options_.apart && time - lookedAt_ < second / 1000) return;
    lookedAt_ = time;
    for (size_t side = 0; side < sides_.size(); side++) {
      sides_[side]->receive([&](uint16_t port, uint8_t* bytes, size_t length, int64_t at) {
        arrived_++;
        const uint32_t which = byPort_[side % 2][port];
        if (which == nobody) {
          heard_.strange++;
          return;
        }
        ends_[which]->hear(bytes, length, at, *ends_[which ^ 1], heard_, measuring_);
      });
    }
  }

  void print() {
    uint64_t sent = 0;
    uint32_t worst = 0;
    size_t worstEnd = 0;
    std::array<uint64_t, 2> lost{};
    double level = 0;
    for (size_t i = 0; i < ends_.size(); i++) {
      const uint32_t counted = ends_[i]->counted();
      sent += counted;
      const uint32_t heard = ends_[i ^ 1]->heardOfPeer();
      const uint32_t missing = counted > heard ? counted - heard : 0;
      lost[i % 2] += missing;
      if (missing > worst) {
        worst = missing;
        worstEnd = i;
      }
      level += ends_[i]->level() / static_cast<double>(ends_.size());
    }
    // Powers of two of a microsecond: how many packets took less than 1, 2, 4 … × 1.024 µs, and not less than half of it.
    std::array<uint64_t, 24> buckets{};
    buckets[0] = heard_.delays.between(0, 1024);
    for (size_t i = 1; i < buckets.size(); i++) buckets[i] = heard_.delays.between(512LL << i, 1024LL << i);
    const auto micro = [](int64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1000; };
    std::printf(
        "{\"sent\":%llu,\"received\":%llu,\"lostOfFirst\":%llu,\"lostOfSecond\":%llu,\"worstLoss\":%u,\"worstEnd\":%zu,\"duplicate\":%llu,\"rematched\":%llu,\"strange\":%llu,"
        "\"checked\":%llu,\"checkFailed\":%llu,\"heardDb\":%.1f,\"saidDb\":%.1f,\"p50\":%.1f,\"p99\":%.1f,\"p999\":%.1f,"
        "\"max\":%.1f,\"lateP99\":%.1f,\"lateMax\":%.1f,\"seconds\":%.3f,\"processorNs\":%lld,\"ownNs\":%lld,\"buckets\":[",
        static_cast<unsigned long long>(sent), static_cast<unsigned long long>(heard_.received), static_cast<unsigned long long>(lost[0]),
        static_cast<unsigned long long>(lost[1]), worst, worstEnd,
        static_cast<unsigned long long>(heard_.duplicate), static_cast<unsigned long long>(heard_.rematched),
        static_cast<unsigned long long>(heard_.strange), static_cast<unsigned long long>(heard_.checked),
        static_cast<unsigned long long>(heard_.checkFailed), levelDb(heard_.squares, heard_.samples), level,
        micro(heard_.delays.within(0.5)), micro(heard_.delays.within(0.99)), micro(heard_.delays.within(0.999)),
        micro(heard_.delays.most()), micro(late_.within(0.99)),
        micro(late_.most()), static_cast<double>(took_) / static_cast<double>(second),
        static_cast<long long>(spent_), static_cast<long long>(own_));
    for (size_t i = 0; i < buckets.size(); i++) std::printf("%s%llu", i == 0 ? "" : ",", static_cast<unsigned long long>(buckets[i]));
    std::printf("]}\n");
    std::fflush(stdout);
  }

  const Options& options_;
  std::vector<std::unique_ptr<Side>> sides_;
  std::array<std::array<uint32_t, 65536>, 2> byPort_{};
  std::map<std::string, Payloads> payloads_;
  std::vector<std::unique_ptr<FarEnd>> ends_;
  Heard heard_;
  Delays late_;
  int intervals_ = 1;
  uint64_t arrived_ = 0;
  int64_t lookedAt_ = 0;
  bool measuring_ = false;
  int64_t spent_ = 0;
  int64_t own_ = 0;
  int64_t began_ = 0;
  int64_t took_ = 0;
};

}  // namespace
}  // namespace holdfast::bench

int main(int count, char** words) {
  using namespace holdfast::bench;
  const Options options = optionsOf(count, words);
  prctl(PR_SET_TIMERSLACK, 1000UL);
  if (options.cpu >= 0) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<size_t>(options.cpu), &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) fail("sched_setaffinity");
  }
  if (options.realTime) {
    sched_param priority{};
    priority.sched_priority = 5;
    if (sched_setscheduler(0, SCHED_RR, &priority) != 0) std::fprintf(stderr, "voice-load: not in real time\n");
  }
  srtp_init();
  const auto load = std::make_unique<Load>(options);
  load->run();
  return 0;
}
