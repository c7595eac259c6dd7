// Times of many packets in little memory: counted in steps of less than two per cent.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace holdfast::bench {

class Delays {
 public:
  void add(int64_t nanoseconds) {
    counts_[placeOf(nanoseconds)]++;
    count_++;
    if (nanoseconds > most_) most_ = nanoseconds;
  }

  /** The time within which `share` of all packets were, nanoseconds. */
  int64_t within(double share) const {
    if (count_ == 0) return 0;
    const auto wanted = static_cast<uint64_t>(share * static_cast<double>(count_));
    uint64_t seen = 0;
    for (size_t place = 0; place < places; place++) {
      seen += counts_[place];
      if (seen > wanted) return timeOf(place) < most_ ? timeOf(place) : most_;
    }
    return most_;
  }

  int64_t most() const { return most_; }
  uint64_t count() const { return count_; }

  /** How many took at least `from` and less than `to`; exact where both are powers of two. */
  uint64_t between(int64_t from, int64_t to) const {
    uint64_t sum = 0;
    for (size_t place = placeOf(from); place < placeOf(to); place++) sum += counts_[place];
    return sum;
  }

 private:
  static constexpr size_t fine = 64;
  static constexpr size_t octaves = 40;
  static constexpr size_t places = fine * octaves;

  static size_t placeOf(int64_t nanoseconds) {
    if (nanoseconds < static_cast<int64_t>(fine)) return nanoseconds < 0 ? 0 : static_cast<size_t>(nanoseconds);
    const auto value = static_cast<uint64_t>(nanoseconds);
    const auto octave = static_cast<size_t>(63 - __builtin_clzll(value)) - 6;
    const size_t place = (octave + 1) * fine + ((value >> octave) - fine);
    return place < places ? place : places - 1;
  }

  /** The upper end of a place. */
  static int64_t timeOf(size_t place) {
    if (place < fine) return static_cast<int64_t>(place);
    const size_t octave = place / fine - 1;
    return static_cast<int64_t>((place % fine + fine + 1) << octave);
  }

  std::array<uint64_t, places> counts_{};
  uint64_t count_ = 0;
  int64_t most_ = 0;
};

}  // namespace holdfast::bench
