// What 96 lines cost at the least: the same reads and writes as a gateway's, and nothing between them. No jitter buffer, no clock
// that is fitted, no statistics.
//   tdm-floor FOLDER LINES BLOCK PACKET-MS FIRST-FAR-PORT
#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

struct Line {
  int line = -1;
  int udp = -1;
  uint16_t sequence = 0;
  uint32_t timestamp = 0;
  uint8_t packet[12 + 480];
  size_t filled = 0;
  std::vector<uint8_t> waiting;
};

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

sockaddr_in loopback(int port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  at.sin_port = htons(static_cast<uint16_t>(port));
  return at;
}

}  // namespace

int main(int count, char** words) {
  if (count < 6) return 2;
  const std::string folder = words[1];
  const auto number = [&](int at) { return std::atoi(words[at]); };
  const auto block = static_cast<size_t>(number(3));
  const auto packetBytes = static_cast<size_t>(number(4)) * 8;
  std::vector<Line> lines(static_cast<size_t>(number(2)));
  const int epoll = epoll_create1(0);
  for (size_t i = 0; i < lines.size(); i++) {
    Line& line = lines[i];
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::snprintf(at.sun_path, sizeof at.sun_path, "%s/line-%zu", folder.c_str(), i);
    line.line = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (connect(line.line, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0) fail("connect");
    line.udp = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    const sockaddr_in far = loopback(number(5) + 2 * static_cast<int>(i));
    if (connect(line.udp, reinterpret_cast<const sockaddr*>(&far), sizeof far) != 0) fail("connect");
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = 2 * i;
    epoll_ctl(epoll, EPOLL_CTL_ADD, line.line, &event);
    event.data.u64 = 2 * i + 1;
    epoll_ctl(epoll, EPOLL_CTL_ADD, line.udp, &event);
  }
  for (;;) {
    epoll_event events[256];
    const int ready = epoll_wait(epoll, events, 256, -1);
    uint8_t bytes[1500];
    // What came is in what is said next.
    for (int each = 0; each < ready; each++) {
      if (events[each].data.u64 % 2 == 0) continue;
      Line& line = lines[events[each].data.u64 / 2];
      const ssize_t length = recv(line.udp, bytes, sizeof bytes, 0);
      if (length <= 12) continue;
      // A packet that was late once would leave what followed it late for good.
      if (line.waiting.size() >= block) line.waiting.erase(line.waiting.begin(), line.waiting.end() - static_cast<std::ptrdiff_t>(line.waiting.size() % block));
      line.waiting.insert(line.waiting.end(), bytes + 12, bytes + length);
    }
    for (int each = 0; each < ready; each++) {
      if (events[each].data.u64 % 2 == 1) continue;
      Line& line = lines[events[each].data.u64 / 2];
      const ssize_t length = read(line.line, bytes, block);
      if (length == 0) return 0;
      if (length < 0) continue;
      for (ssize_t at = 0; at < length; at++) {
        line.packet[12 + line.filled++] = bytes[at];
        if (line.filled < packetBytes) continue;
        const uint8_t header[12] = {0x80, 0, static_cast<uint8_t>(line.sequence >> 8), static_cast<uint8_t>(line.sequence),
                                    static_cast<uint8_t>(line.timestamp >> 24), static_cast<uint8_t>(line.timestamp >> 16),
                                    static_cast<uint8_t>(line.timestamp >> 8), static_cast<uint8_t>(line.timestamp), 1, 2, 3, 4};
        std::memcpy(line.packet, header, sizeof header);
        if (send(line.udp, line.packet, 12 + packetBytes, 0) < 0) continue;
        line.sequence++;
        line.timestamp += static_cast<uint32_t>(packetBytes);
        line.filled = 0;
      }
      uint8_t answer[160];
      std::memset(answer, 0xff, sizeof answer);
      const size_t part = std::min(static_cast<size_t>(length), line.waiting.size());
      std::copy_n(line.waiting.begin(), part, answer);
      line.waiting.erase(line.waiting.begin(), line.waiting.begin() + static_cast<std::ptrdiff_t>(part));
      if (write(line.line, answer, static_cast<size_t>(length)) < 0) return 1;
    }
  }
}
