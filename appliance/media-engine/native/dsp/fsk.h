// Caller-ID data as it is sent on lines, 1200 baud (Bell 202, ITU-T V.23), by spandsp's receiver at 8 kHz.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

struct fsk_rx_state_s;

namespace holdfast {

enum class FskKind : uint8_t { off, bell202, v23 };

class FskReceiver {
 public:
  explicit FskReceiver(FskKind kind);
  ~FskReceiver();
  FskReceiver(const FskReceiver&) = delete;
  FskReceiver& operator=(const FskReceiver&) = delete;

  bool valid() const noexcept { return state_ != nullptr; }
  FskKind kind() const noexcept { return kind_; }
  void process(const int16_t* samples, size_t count) noexcept;
  bool carrier() const noexcept { return carrier_; }
  // Received since they were taken last, `0` space and `1` mark.
  std::string take();
  size_t waiting() const noexcept { return bits_.size(); }

 private:
  static void put(void* receiver, int bit);
  FskKind kind_;
  fsk_rx_state_s* state_ = nullptr;
  bool carrier_ = false;
  std::string bits_;
};

}  // namespace holdfast
