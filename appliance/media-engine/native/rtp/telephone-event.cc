#include "rtp/telephone-event.h"

#include <cstring>

namespace holdfast {

namespace {
constexpr char digits[] = "0123456789*#ABCD";
}

char digitOfEvent(uint8_t event) { return event < 16 ? digits[event] : '\0'; }

std::optional<uint8_t> eventOfDigit(char digit) {
  const char* const found = digit == '\0' ? nullptr : strchr(digits, digit);
  if (found == nullptr) return std::nullopt;
  return static_cast<uint8_t>(found - digits);
}

std::optional<TelephoneEventReceiver::Digit> TelephoneEventReceiver::packet(const TelephoneEvent& event,
                                                                            uint32_t timestamp, uint32_t clockRate,
                                                                            Nanoseconds now) {
  std::optional<Digit> ended;
  if (!known_ || timestamp != timestamp_ || event.event != event_) {
    // A packet of the one before that came late tells nothing new.
    if (known_ && static_cast<int32_t>(timestamp - timestamp_) < 0 && now - heardAt_ < patience) return std::nullopt;
    ended = finish();
    known_ = active_ = true;
    timestamp_ = timestamp;
    event_ = event.event;
    clockRate_ = clockRate;
    duration_ = 0;
  }
  heardAt_ = now;
  if (!active_) return ended;
  if (event.duration > duration_) duration_ = event.duration;
  return event.end ? finish() : ended;
}

std::optional<TelephoneEventReceiver::Digit> TelephoneEventReceiver::idle(Nanoseconds now) {
  return active_ && now - heardAt_ >= patience ? finish() : std::nullopt;
}

std::optional<TelephoneEventReceiver::Digit> TelephoneEventReceiver::finish() {
  const char digit = digitOfEvent(event_);
  if (!active_) return std::nullopt;
  active_ = false;
  if (digit == '\0') return std::nullopt;
  return Digit{digit, static_cast<uint32_t>(static_cast<uint64_t>(duration_) * 1000 / clockRate_)};
}

}  // namespace holdfast
