#include "dsp/fsk.h"

#include "dsp/spandsp-library.h"

namespace holdfast {
namespace {

// EN 300 659-1 §5.2.2.4 sends -36 dBV at the least on long lines; spandsp's own limit is higher.
constexpr float leastLevelDbm0 = -42;
// Nobody takes them: several messages.
constexpr size_t mostBits = 16384;

}  // namespace

FskReceiver::FskReceiver(FskKind kind) : kind_(kind) {
  const fsk_spec_t& spec = preset_fsk_specs[kind == FskKind::v23 ? FSK_V23CH1 : FSK_BELL202];
  // Each transition at its face value: a message of call waiting has no preamble to settle on (GR-30-CORE §2.3).
  state_ = fsk_rx_init(nullptr, &spec, FSK_FRAME_MODE_ASYNC, &FskReceiver::put, this);
  if (state_ != nullptr) fsk_rx_signal_cutoff(state_, leastLevelDbm0);
}

FskReceiver::~FskReceiver() {
  if (state_ != nullptr) fsk_rx_free(state_);
}

void FskReceiver::put(void* receiver, int bit) {
  auto& self = *static_cast<FskReceiver*>(receiver);
  if (bit == SIG_STATUS_CARRIER_UP) self.carrier_ = true;
  else if (bit == SIG_STATUS_CARRIER_DOWN) self.carrier_ = false;
  else if (bit >= 0 && self.bits_.size() < mostBits) self.bits_.push_back(bit == 0 ? '0' : '1');
}

void FskReceiver::process(const int16_t* samples, size_t count) noexcept {
  if (state_ != nullptr) fsk_rx(state_, samples, static_cast<int>(count));
}

std::string FskReceiver::take() {
  std::string taken;
  taken.swap(bits_);
  return taken;
}

}  // namespace holdfast
