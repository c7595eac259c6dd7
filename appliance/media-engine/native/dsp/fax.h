// Fax and modem tones (T.30, V.25, V.8) by spandsp at 8 kHz: what must pass untouched and unechoed.
#pragma once

#include <cstddef>
#include <cstdint>

struct modem_connect_tones_rx_state_s;

namespace holdfast {

enum class FaxTone : uint8_t {
  none,
  cng,    // 1100 Hz of a calling fax
  ced,    // 2100 Hz of an answering one
  v21,    // HDLC flags of V.21: a fax that negotiates
  ansam,  // 2100 Hz modulated or with phase reversals: V.8, or a modem that wants no echo canceller
};

class FaxDetector {
 public:
  FaxDetector();
  ~FaxDetector();
  FaxDetector(const FaxDetector&) = delete;
  FaxDetector& operator=(const FaxDetector&) = delete;

  bool valid() const noexcept;
  // Returns a tone that was found in these samples and is not the one found last.
  FaxTone process(const int16_t* samples, size_t count) noexcept;

 private:
  modem_connect_tones_rx_state_s* cng_ = nullptr;
  modem_connect_tones_rx_state_s* answer_ = nullptr;
  modem_connect_tones_rx_state_s* preamble_ = nullptr;
  FaxTone last_ = FaxTone::none;
};

}  // namespace holdfast
