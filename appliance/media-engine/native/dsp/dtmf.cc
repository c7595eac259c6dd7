#include "dsp/dtmf.h"

#include <algorithm>
#include <cstring>

#include "dsp/spandsp-library.h"

namespace holdfast {
namespace {

constexpr char keypad[] = "123A456B789C*0#D";
constexpr std::array<double, 4> rows = {697, 770, 852, 941};
constexpr std::array<double, 4> columns = {1209, 1336, 1477, 1633};
constexpr int pauseMs = 50;  // Q.24 annex A
// The detector's block: 102 samples. A digit that began was first heard a block before it was believed.
constexpr int64_t detectorBlock = 102;

}  // namespace

bool dtmfFrequencies(char digit, double& low, double& high) noexcept {
  const char* found = digit == 0 ? nullptr : std::strchr(keypad, digit);
  if (found == nullptr) return false;
  const auto index = static_cast<size_t>(found - keypad);
  low = rows[index / 4];
  high = columns[index % 4];
  return true;
}

DtmfDetector::DtmfDetector() : state_(dtmf_rx_init(nullptr, nullptr, nullptr)) {
  if (state_ != nullptr) dtmf_rx_set_realtime_callback(state_, &DtmfDetector::report, this);
}

DtmfDetector::~DtmfDetector() {
  if (state_ != nullptr) dtmf_rx_free(state_);
}

void DtmfDetector::push(const DtmfEvent& event) noexcept {
  if (queued_ == events_.size()) return;  // nobody polls: 16 events are seconds of digits
  events_[(first_ + queued_) % events_.size()] = event;
  queued_++;
}

void DtmfDetector::report(void* self, int code, int level, int) {
  auto& me = *static_cast<DtmfDetector*>(self);
  if (me.current_ != 0) {
    const auto ms = static_cast<int>((me.position_ - me.began_) / 8);
    me.push({DtmfEvent::Kind::end, me.current_, 0, ms});
    me.current_ = 0;
  }
  if (code == 0) return;
  me.current_ = static_cast<char>(code);
  me.began_ = me.position_;
  me.push({DtmfEvent::Kind::begin, me.current_, static_cast<double>(level), 0});
}

void DtmfDetector::process(const int16_t* samples, size_t count) noexcept {
  if (state_ == nullptr) return;
  // Block by block, so that a report is dated within one.
  while (count > 0) {
    const size_t part = std::min<size_t>(count, static_cast<size_t>(detectorBlock - position_ % detectorBlock));
    position_ += static_cast<int64_t>(part);
    dtmf_rx(state_, samples, static_cast<int>(part));
    samples += part;
    count -= part;
  }
}

void DtmfDetector::skip(size_t count) noexcept {
  if (state_ == nullptr) return;
  position_ += static_cast<int64_t>(count);
  dtmf_rx_fillin(state_, static_cast<int>(count));
}

bool DtmfDetector::poll(DtmfEvent& event) noexcept {
  if (queued_ == 0) return false;
  event = events_[first_];
  first_ = (first_ + 1) % events_.size();
  queued_--;
  return true;
}

DtmfGenerator::DtmfGenerator(int sampleRate) : generator_(sampleRate) {
  digit_.steps.resize(2);
  digit_.steps[0].frequencies.resize(2);
  digit_.steps[1].durationMs = pauseMs;
}

bool DtmfGenerator::start(char digit, int durationMs, double level) {
  ToneStep& sounding = digit_.steps[0];
  if (durationMs <= 0 || !dtmfFrequencies(digit, sounding.frequencies[0], sounding.frequencies[1])) return false;
  sounding.levelDbm0 = level;
  sounding.durationMs = static_cast<uint32_t>(durationMs);
  generator_.start(digit_);
  return true;
}

bool DtmfGenerator::generate(int16_t* samples, size_t count) noexcept {
  if (generator_.done()) return false;
  generator_.generate(samples, count);
  return true;
}

}  // namespace holdfast
