#include "engine/line-descriptor.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace holdfast {

namespace {

/** DAHDI's ELAST: an event waits at the channel, and until whoever signals has read it nothing else is read or written. */
constexpr int eventWaits = 500;

/** On the socket of a hand-over; anything else: speak. */
constexpr char beSilent = '0';

std::string said(const char* what) { return std::string(what) + ": " + strerror(errno); }

}  // namespace

std::string LineDescriptor::open(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return said("open");
  if (S_ISSOCK(status.st_mode)) {
    if (std::string why = connect(path); !why.empty()) return why;
  } else {
    descriptor_ = ::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (descriptor_ < 0) return said("open");
  }
  return engine_.watchLine(descriptor_, *this) ? "" : said("epoll");
}

std::string LineDescriptor::connect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return "open: the path is too long";
  memcpy(address.sun_path, path.c_str(), path.size());
  descriptor_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) return said("socket");
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return said("connect");
  isSocket_ = first_ = true;
  return "";
}

size_t LineDescriptor::readFirst(uint8_t* bytes, size_t count) {
  iovec into{bytes, count};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message{};
  message.msg_iov = &into;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t got = ::recvmsg(descriptor_, &message, MSG_CMSG_CLOEXEC);
  if (got < 0) return failed();
  if (got == 0) return lose("the line was closed");
  first_ = false;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    int handed = -1;
    memcpy(&handed, CMSG_DATA(header), sizeof handed);
    take(handed);
    return 0;
  }
  return static_cast<size_t>(got);
}

void LineDescriptor::take(int handed) {
  engine_.unwatchLine(descriptor_);
  socket_ = descriptor_;
  descriptor_ = handed;
  isSocket_ = false;
  ::fcntl(handed, F_SETFL, ::fcntl(handed, F_GETFL) | O_NONBLOCK);
  if (!engine_.watch(socket_, EPOLLIN, handOver_) || !engine_.watchLine(handed, *this)) lose(said("epoll"));
}

void LineDescriptor::heedHandOver() {
  while (socket_ >= 0) {
    char said = 0;
    const ssize_t got = ::recv(socket_, &said, 1, 0);
    if (got == 1) mayWrite_ = said != beSilent;
    else if (got < 0 && errno == EINTR) continue;
    else if (got < 0 && errno == EAGAIN) return;
    else lose("the line was closed");
  }
}

size_t LineDescriptor::read(uint8_t* bytes, size_t count) {
  if (descriptor_ < 0) return 0;
  if (first_) return readFirst(bytes, count);
  const ssize_t got = ::read(descriptor_, bytes, count);
  if (got > 0) return static_cast<size_t>(got);
  return got == 0 ? lose("the line was closed") : failed();
}

size_t LineDescriptor::write(const uint8_t* bytes, size_t count) {
  if (descriptor_ < 0) return 0;
  const ssize_t done = isSocket_ ? ::send(descriptor_, bytes, count, MSG_NOSIGNAL) : ::write(descriptor_, bytes, count);
  // What ails it is seen when it is read next; SIGPIPE is ignored by Node.js.
  return done < 0 ? 0 : static_cast<size_t>(done);
}

size_t LineDescriptor::failed() {
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return 0;
  if (errno != eventWaits) return lose(strerror(errno));
  // It stays readable all the while: not to be asked again before whoever signals had time for it.
  ++events_;
  engine_.unwatchLine(descriptor_);
  engine_.timers().set(retry_, engine_.now() + block_);
  return 0;
}

void LineDescriptor::resume() {
  if (descriptor_ >= 0 && !engine_.watchLine(descriptor_, *this)) lose(said("epoll"));
}

size_t LineDescriptor::lose(const std::string& why) {
  close();
  user_.lost(why);
  return 0;
}

void LineDescriptor::close() {
  retry_.cancel();
  if (descriptor_ >= 0) engine_.unwatchLine(descriptor_);
  if (socket_ >= 0) engine_.unwatch(socket_);
  for (int* const each : {&descriptor_, &socket_}) {
    if (*each >= 0) ::close(*each);
    *each = -1;
  }
}

}  // namespace holdfast
