#include "dsp/fax.h"

#include <initializer_list>

#include "dsp/spandsp-library.h"

namespace holdfast {
namespace {

FaxTone named(int tone) {
  switch (tone) {
    case MODEM_CONNECT_TONES_FAX_CNG:
      return FaxTone::cng;
    case MODEM_CONNECT_TONES_ANS:
      return FaxTone::ced;
    case MODEM_CONNECT_TONES_ANS_PR:
    case MODEM_CONNECT_TONES_ANSAM:
    case MODEM_CONNECT_TONES_ANSAM_PR:
      return FaxTone::ansam;
    case MODEM_CONNECT_TONES_FAX_PREAMBLE:
      return FaxTone::v21;
    default:
      return FaxTone::none;
  }
}

}  // namespace

FaxDetector::FaxDetector()
    : cng_(modem_connect_tones_rx_init(nullptr, MODEM_CONNECT_TONES_FAX_CNG, nullptr, nullptr)),
      answer_(modem_connect_tones_rx_init(nullptr, MODEM_CONNECT_TONES_ANS_PR, nullptr, nullptr)),
      preamble_(modem_connect_tones_rx_init(nullptr, MODEM_CONNECT_TONES_FAX_PREAMBLE, nullptr, nullptr)) {}

FaxDetector::~FaxDetector() {
  for (auto* state : {cng_, answer_, preamble_}) {
    if (state != nullptr) modem_connect_tones_rx_free(state);
  }
}

bool FaxDetector::valid() const noexcept { return cng_ != nullptr && answer_ != nullptr && preamble_ != nullptr; }

FaxTone FaxDetector::process(const int16_t* samples, size_t count) noexcept {
  FaxTone found = FaxTone::none;
  for (auto* state : {cng_, answer_, preamble_}) {
    if (state == nullptr) continue;
    modem_connect_tones_rx(state, samples, static_cast<int>(count));
    const FaxTone heard = named(modem_connect_tones_rx_get(state));
    if (heard != FaxTone::none && heard != last_) found = heard;
  }
  if (found != FaxTone::none) last_ = found;
  return found;
}

}  // namespace holdfast
