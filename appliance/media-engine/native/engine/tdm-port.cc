#include "engine/tdm-port.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace holdfast {

namespace {

/** DAHDI's: an event is waiting at the channel. Whoever signals reads it; here it is no more than a block that is missing. */
constexpr int eventWaiting = 500;
/** Of an echo canceller's frame: shorter ones cost too much. */
constexpr size_t shortestEchoFrame = 64;

std::string said(const char* what) { return std::string(what) + ": " + strerror(errno); }

}  // namespace

TdmPort::TdmPort(Engine& engine, PortId id, const TdmPlace& place)
    : Port(id, Kind::tdm), engine_(engine), place_(place), block_(std::clamp<size_t>(place.blockBytes, 8, maxTdmBlock)) {}

TdmPort::~TdmPort() {
  ear_.reset();
  letGo(descriptor_);
  letGo(tie_);
}

void TdmPort::letGo(int& descriptor) {
  if (descriptor < 0) return;
  engine_.unwatch(descriptor);
  ::close(descriptor);
  descriptor = -1;
}

std::string TdmPort::open() {
  struct stat status {};
  if (::stat(place_.path.c_str(), &status) != 0) return said("open");
  if (S_ISSOCK(status.st_mode)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (place_.path.size() >= sizeof address.sun_path) return "open: the path is too long";
    memcpy(address.sun_path, place_.path.c_str(), place_.path.size());
    descriptor_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor_ < 0) return said("socket");
    if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return said("connect");
    first_ = true;
  } else {
    descriptor_ = ::open(place_.path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (descriptor_ < 0) return said("open");
  }
  return engine_.watch(descriptor_, EPOLLIN, *this) ? "" : said("epoll");
}

void TdmPort::configure(const TdmSettings& settings) {
  const bool same = configured_ && settings.hears == settings_.hears && settings.aLaw == settings_.aLaw &&
                    settings.jitter.minMs == settings_.jitter.minMs && settings.jitter.maxMs == settings_.jitter.maxMs;
  settings_ = settings;
  configured_ = true;
  gainIn_.set(settings.gainInDb);
  gainOut_.set(settings.gainOutDb);
  if (!settings.detectDigits) detector_.reset();
  else if (detector_ == nullptr) detector_ = std::make_unique<DtmfDetector>();
  if (!settings.detectFax) fax_.reset();
  else if (fax_ == nullptr) fax_ = std::make_unique<FaxDetector>();
  if (!settings.echoCanceller) {
    canceller_.reset();
  } else if (canceller_ == nullptr) {
    echoFrame_ = block_;
    while (echoFrame_ < shortestEchoFrame) echoFrame_ += block_;
    canceller_ = std::make_unique<EchoCanceller>(tdmSampleRate, echoFrame_);
    echoReceived_.assign(echoFrame_, 0);
    echoSent_.assign(echoFrame_, 0);
    echoFilled_ = 0;
  }
  if (!same) makeEar();
}

void TdmPort::hear(const Source& source) {
  if (source == settings_.hears) return;
  settings_.hears = source;
  makeEar();
}

void TdmPort::originChanged(PortId origin, bool gone) {
  if (heardPort() != origin) return;
  if (gone) ear_.reset();
  else makeEar();
}

void TdmPort::makeEar() {
  ear_.reset();
  // Somebody else is heard: what was found in this call says nothing of the next.
  passThrough_ = false;
  if (fax_ != nullptr) fax_ = std::make_unique<FaxDetector>();
  std::string why;
  ear_ = makeTdmEar(engine_, *this, settings_.hears, why);
  if (!why.empty()) engine_.failed(id(), "hear", why);
}

void TdmPort::removeListener(TdmListener& listener) {
  listeners_.erase(std::remove(listeners_.begin(), listeners_.end(), &listener), listeners_.end());
}

void TdmPort::hungUp(const char* why) {
  letGo(descriptor_);
  letGo(tie_);
  engine_.failed(id(), "openTdm", why);
}

ssize_t TdmPort::readFirst() {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  iovec part{in_.data(), block_};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t count = ::recvmsg(descriptor_, &message, MSG_CMSG_CLOEXEC);
  if (count < 0) return count;
  first_ = false;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (count == 0 || header == nullptr || header->cmsg_type != SCM_RIGHTS) return count;
  engine_.unwatch(descriptor_);
  tie_ = descriptor_;
  memcpy(&descriptor_, CMSG_DATA(header), sizeof descriptor_);
  // By edges: while an event waits there, its level would keep this thread awake, and only the line's process can read it.
  if (!engine_.watch(tie_, EPOLLIN, tieEnd_) || !engine_.watch(descriptor_, EPOLLIN | EPOLLET, *this)) return 0;
  errno = EAGAIN;
  return -1;
}

void TdmPort::heedTie() {
  char said = 0;
  while (tie_ >= 0) {
    const ssize_t count = ::recv(tie_, &said, 1, 0);
    if (count == 1) mayWrite_ = said != '0';
    else if (count == 0 || (errno != EAGAIN && errno != EINTR)) return hungUp("the line was closed");
    else if (errno == EAGAIN) return;
  }
}

void TdmPort::housekeep(Nanoseconds) {
  // With all its buffers full a device tells of nothing new: an event kept this from reading.
  if (starved_) ready(EPOLLIN);
}

void TdmPort::ready(uint32_t) {
  starved_ = false;
  for (int blocks = 0; blocks < maxBlocksPerTurn && descriptor_ >= 0;) {
    const ssize_t count = first_ ? readFirst() : ::read(descriptor_, in_.data() + got_, block_ - got_);
    if (count > 0) {
      got_ += static_cast<size_t>(count);
      if (got_ < block_) continue;
      got_ = 0;
      ++blocks;
      receive();
      answer();
      continue;
    }
    if (count == 0) return hungUp("the line was closed");
    if (errno == EAGAIN || errno == EWOULDBLOCK) return;
    if (errno == EINTR) continue;
    if (errno != eventWaiting) return hungUp(strerror(errno));
    ++slips_;
    starved_ = true;
    return;
  }
}

void TdmPort::receive() {
  engine_.countPacket();
  ++figures_.received;
  figures_.receivedBytes += block_;
  // Nobody listens: an idle slot of many costs a read and a write.
  if (listeners_.empty() && detector_ == nullptr && fax_ == nullptr && canceller_ == nullptr) return;
  int16_t samples[maxTdmBlock];
  g711Decode(law(), in_.data(), block_, samples);
  // As it came: a canceller takes a steady tone for echo.
  findFax(samples);
  if (canceller_ != nullptr && !passThrough_) return cancelEcho(samples);
  const bool untouched = gainIn_.isUnity();
  findDigits(samples, block_);
  if (!untouched) gainIn_.apply(samples, block_);
  deliver(samples, untouched ? in_.data() : nullptr, block_);
}

void TdmPort::cancelEcho(const int16_t* samples) {
  // What was written last is on the line now: its echo can only come later.
  memcpy(echoReceived_.data() + echoFilled_, samples, block_ * sizeof(int16_t));
  memcpy(echoSent_.data() + echoFilled_, lastOut_.data(), block_ * sizeof(int16_t));
  echoFilled_ += block_;
  if (echoFilled_ < echoFrame_) return;
  echoFilled_ = 0;
  canceller_->process(echoReceived_.data(), echoSent_.data(), echoReceived_.data());
  findDigits(echoReceived_.data(), echoFrame_);
  gainIn_.apply(echoReceived_.data(), echoFrame_);
  deliver(echoReceived_.data(), nullptr, echoFrame_);
}

void TdmPort::findDigits(const int16_t* samples, size_t count) {
  if (detector_ == nullptr) return;
  detector_->process(samples, count);
  DtmfEvent event;
  while (detector_->poll(event)) {
    if (event.kind != DtmfEvent::Kind::end) continue;
    engine_.tell(DigitEvent{id(), event.digit, static_cast<uint32_t>(event.durationMs), true});
  }
}

void TdmPort::findFax(const int16_t* samples) {
  if (fax_ == nullptr) return;
  const FaxTone tone = fax_->process(samples, block_);
  if (tone == FaxTone::none) return;
  // From now on nothing may touch the sound (V.152 §6, G.168 §7.2).
  passThrough_ = true;
  if (ear_ != nullptr) ear_->passThrough();
  engine_.tell(FaxEvent{id(), tone});
}

void TdmPort::deliver(const int16_t* samples, const uint8_t* codes, size_t count) {
  for (TdmListener* listener : listeners_) listener->block(samples, codes, count);
}

void TdmPort::answer() {
  if (!mayWrite_) return;
  if (unsent_ > 0) {
    // A stream socket took a part of the last block: the rest first, or every block after it is askew.
    const ssize_t wrote = ::write(descriptor_, out_.data() + block_ - unsent_, unsent_);
    if (wrote > 0) unsent_ -= static_cast<size_t>(wrote);
  }
  int16_t samples[maxTdmBlock] = {};
  uint8_t codes[maxTdmBlock];
  bool coded = ear_ != nullptr && ear_->fill(samples, codes, block_, engine_.now());
  if (!coded) gainOut_.apply(samples, block_);
  if (digits_.generate(samples, block_)) coded = false;
  if (!coded) g711Encode(law(), samples, block_, codes);
  if (canceller_ != nullptr) g711Decode(law(), codes, block_, lastOut_.data());
  if (unsent_ > 0) {
    ++slips_;  // nobody takes it: this one is left out
    return;
  }
  memcpy(out_.data(), codes, block_);
  const ssize_t wrote = ::send(descriptor_, out_.data(), block_, MSG_NOSIGNAL);
  const ssize_t done = wrote < 0 && errno == ENOTSOCK ? ::write(descriptor_, out_.data(), block_) : wrote;
  if (done < 0) {
    ++slips_;
    return;
  }
  unsent_ = block_ - static_cast<size_t>(done);
  ++figures_.sent;
  figures_.sentBytes += block_;
}

PortStatistics TdmPort::statistics() {
  PortStatistics all = figures_;
  all.slips = slips_;
  all.driftPpm = 0;
  all.mos = 4.4;  // G.711 over a line: nothing was lost but what slipped
  if (ear_ != nullptr) {
    all.path = ear_->kind();
    all.bufferMs = ear_->bufferMs();
    all.concealedMs = ear_->concealedMs();
    all.late = ear_->late();
    all.slips = slips_ + ear_->slips();
    all.driftPpm = ear_->driftPpm();
  }
  return all;
}

}  // namespace holdfast
