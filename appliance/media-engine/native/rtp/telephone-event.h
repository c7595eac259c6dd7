#pragma once
// Named events of telephones: RFC 4733 §2.3, §2.5.
#include <cstddef>
#include <cstdint>
#include <optional>

#include "rtp/byte-order.h"
#include "rtp/rtp-time.h"

namespace holdfast {

constexpr size_t telephoneEventBytes = 4;

struct TelephoneEvent {
  uint8_t event;
  bool end;
  /** dBm0 without its sign. */
  uint8_t volume;
  /** Ticks of the RTP clock. */
  uint16_t duration;
};

inline std::optional<TelephoneEvent> readTelephoneEvent(const uint8_t* payload, size_t bytes) {
  if (bytes < telephoneEventBytes) return std::nullopt;
  return TelephoneEvent{payload[0], (payload[1] & 0x80) != 0, static_cast<uint8_t>(payload[1] & 0x3f), read16(payload + 2)};
}

inline void writeTelephoneEvent(uint8_t* payload, const TelephoneEvent& event) {
  payload[0] = event.event;
  payload[1] = static_cast<uint8_t>((event.end ? 0x80 : 0) | (event.volume & 0x3f));
  write16(payload + 2, event.duration);
}

/** 0-9 * # A-D as RFC 4733 §3.2 numbers them; 0: no digit. */
char digitOfEvent(uint8_t event);
std::optional<uint8_t> eventOfDigit(char digit);

/** Makes one digit of the many packets that tell of it; the last ones may all be lost. */
class TelephoneEventReceiver {
 public:
  struct Digit {
    char digit;
    uint32_t durationMs;
  };

  /** A digit that ended by this packet, once. */
  std::optional<Digit> packet(const TelephoneEvent& event, uint32_t timestamp, uint32_t clockRate, Nanoseconds now);
  /** A digit whose end did not come. */
  std::optional<Digit> idle(Nanoseconds now);

 private:
  /** Far above the 50 ms between packets of an event. */
  static constexpr Nanoseconds patience = milliseconds(300);

  std::optional<Digit> finish();

  bool active_ = false;
  bool known_ = false;
  uint32_t timestamp_ = 0;
  uint8_t event_ = 0;
  uint32_t clockRate_ = 8000;
  uint32_t duration_ = 0;
  Nanoseconds heardAt_ = 0;
};

}  // namespace holdfast
