// Fax and modem tones (T.30, V.25, V.8) by spandsp at 8 kHz: what must pass untouched and unechoed.
#pragma once

#include <array>
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
  // Returns a tone that was found in these samples, or up to 10 ms before, and is not the one found last.
  FaxTone process(const int16_t* samples, size_t count) noexcept;

 private:
  static constexpr size_t window = 80;  // a tone of the greatest deviation still falls into its bin
  static constexpr int heldWindows = 20;

  bool isTonal() const noexcept;
  FaxTone find() noexcept;

  // Calls are long and tones are rare: a window of sound is looked at closely only while one may be in it.
  std::array<int16_t, window> waiting_{};
  size_t waitingCount_ = 0;
  int held_ = 0;
  modem_connect_tones_rx_state_s* cng_ = nullptr;
  modem_connect_tones_rx_state_s* answer_ = nullptr;
  modem_connect_tones_rx_state_s* preamble_ = nullptr;
  FaxTone last_ = FaxTone::none;
};

}  // namespace holdfast
