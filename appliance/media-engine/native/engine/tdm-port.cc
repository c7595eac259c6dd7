#include "engine/tdm-port.h"

#include <algorithm>
#include <cstring>

namespace holdfast {

namespace {

/** Of an echo canceller's frame: shorter ones cost too much. */
constexpr size_t shortestEchoFrame = 64;

size_t blockOf(const TdmPlace& place) { return std::clamp<size_t>(place.blockBytes, 8, maxTdmBlock); }

}  // namespace

TdmPort::TdmPort(Engine& engine, PortId id, const TdmPlace& place)
    : Port(id, Kind::tdm),
      engine_(engine),
      place_(place),
      block_(blockOf(place)),
      line_(engine, *this, static_cast<Nanoseconds>(block_) * seconds(1) / tdmSampleRate),
      watch_(engine, id) {}

TdmPort::~TdmPort() { ear_.reset(); }

void TdmPort::configure(const TdmSettings& settings) {
  const bool same = configured_ && settings.hears == settings_.hears && settings.aLaw == settings_.aLaw &&
                    settings.jitter.minMs == settings_.jitter.minMs && settings.jitter.maxMs == settings_.jitter.maxMs;
  settings_ = settings;
  configured_ = true;
  gainIn_.set(settings.gainInDb);
  gainOut_.set(settings.gainOutDb);
  watch_.configure(settings.listens);
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
  watch_.forgetFax();
  std::string why;
  ear_ = makeTdmEar(engine_, *this, settings_.hears, why);
  if (!why.empty()) engine_.failed(id(), "hear", why);
}

void TdmPort::removeListener(TdmListener& listener) {
  listeners_.erase(std::remove(listeners_.begin(), listeners_.end(), &listener), listeners_.end());
}

void TdmPort::play(uint32_t number, std::vector<PlayedSound>&& sounds) {
  play_ = number;
  playing_ = !sounds.empty();
  player_.start(std::move(sounds));
}

void TdmPort::readable() {
  // One read takes what there is; a card gives a block at a time, and tells of the next one at once.
  uint8_t* const codes = engine_.receiveBuffer();
  memcpy(codes, in_.data(), got_);
  got_ += line_.read(codes + got_, std::min(Engine::bufferBytes, maxBlocksPerTurn * block_) - got_);
  size_t at = 0;
  for (; got_ - at >= block_; at += block_) {
    receive(codes + at);
    answer();
  }
  got_ -= at;
  memcpy(in_.data(), codes + at, got_);
}

void TdmPort::receive(const uint8_t* codes) {
  engine_.countPacket();
  ++figures_.received;
  figures_.receivedBytes += block_;
  // Nobody listens: an idle slot of many costs a read and a write.
  if (listeners_.empty() && watch_.idle() && canceller_ == nullptr) return;
  int16_t samples[maxTdmBlock];
  g711Decode(law(), codes, block_, samples);
  if (watch_.hearLine(samples, block_)) passThrough();
  if (canceller_ != nullptr && !passThrough_) return cancelEcho(samples);
  const bool untouched = gainIn_.isUnity();
  if (!passThrough_) watch_.hearFarEnd(samples, block_);
  if (!untouched) gainIn_.apply(samples, block_);
  deliver(samples, untouched ? codes : nullptr, block_);
}

void TdmPort::passThrough() {
  if (passThrough_) return;
  passThrough_ = true;
  if (ear_ != nullptr) ear_->passThrough();
}

void TdmPort::cancelEcho(const int16_t* samples) {
  // What was written last is on the line now: its echo can only come later.
  memcpy(echoReceived_.data() + echoFilled_, samples, block_ * sizeof(int16_t));
  memcpy(echoSent_.data() + echoFilled_, lastOut_.data(), block_ * sizeof(int16_t));
  echoFilled_ += block_;
  if (echoFilled_ < echoFrame_) return;
  echoFilled_ = 0;
  canceller_->process(echoReceived_.data(), echoSent_.data(), echoReceived_.data());
  watch_.hearFarEnd(echoReceived_.data(), echoFrame_);
  gainIn_.apply(echoReceived_.data(), echoFrame_);
  deliver(echoReceived_.data(), nullptr, echoFrame_);
}

void TdmPort::deliver(const int16_t* samples, const uint8_t* codes, size_t count) {
  for (TdmListener* listener : listeners_) listener->block(samples, codes, count);
}

void TdmPort::answer() {
  if (!line_.mayWrite()) return;
  if (!ahead_ && line_.isCard()) sendAhead();
  // What nobody took of the last block goes first, or every block after it is askew.
  if (unsent_ > 0) send();
  int16_t samples[maxTdmBlock] = {};
  uint8_t codes[maxTdmBlock];
  bool coded = ear_ != nullptr && ear_->fill(samples, codes, block_, engine_.now());
  if (unsent_ > 0) {
    ++slips_;  // still nobody takes it: this one is left out; what is played waits
    return;
  }
  if (!coded) gainOut_.apply(samples, block_);
  if (digits_.generate(samples, block_)) coded = false;
  if (!coded) g711Encode(law(), samples, block_, codes);
  // Where it ends within a block, what is heard goes on in the rest.
  if (player_.active()) g711Encode(law(), samples, player_.generate(samples, block_), codes);
  if (canceller_ != nullptr) g711Decode(law(), codes, block_, lastOut_.data());
  memcpy(out_.data(), codes, block_);
  unsent_ = block_;
  send();
}

// A card plays while this thread works: without a block in hand it runs dry as soon as an answer is a millisecond late.
void TdmPort::sendAhead() {
  ahead_ = true;
  const int16_t silence[maxTdmBlock] = {};
  uint8_t codes[maxTdmBlock];
  g711Encode(law(), silence, block_, codes);
  line_.write(codes, block_);
}

void TdmPort::send() {
  unsent_ -= line_.write(out_.data() + block_ - unsent_, unsent_);
  if (unsent_ > 0) return;
  ++figures_.sent;
  figures_.sentBytes += block_;
  if (!playing_ || player_.active()) return;
  playing_ = false;
  engine_.tell(PlayedEvent{id(), play_});
}

PortStatistics TdmPort::statistics() {
  PortStatistics all = figures_;
  all.slips = slips_ + line_.events();
  all.driftPpm = 0;
  all.mos = 4.4;  // G.711 over a line: nothing was lost but what slipped
  if (ear_ != nullptr) {
    all.path = ear_->kind();
    all.bufferMs = ear_->bufferMs();
    all.concealedMs = ear_->concealedMs();
    all.late = ear_->late();
    all.slips = slips_ + line_.events() + ear_->slips();
    all.driftPpm = ear_->driftPpm();
  }
  return all;
}

}  // namespace holdfast
