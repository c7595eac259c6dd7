// How long packets were under way, more than the quickest of late: what a jitter buffer has to cover.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace holdfast {

class TransitStatistics {
 public:
  // A packet of this RTP time came at this time, both µs. Returns its lateness against the quickest, µs.
  int64_t add(int64_t sentUs, int64_t arrivedUs) noexcept;
  // Of the quickest packet within the last ten seconds: arrival less RTP time, µs. So slow drift is followed.
  int64_t least() const noexcept { return least_; }
  bool known() const noexcept { return known_; }
  // Within how many ms of the quickest all but one in a hundred came.
  double spreadMs() const noexcept { return spreadMs_; }
  void reset() noexcept;

 private:
  // Fine where a quiet network is told from a very quiet one; what is above the last one is as late as that.
  static constexpr size_t fineBins = 64;
  static constexpr int64_t fineUs = 125;
  static constexpr int64_t coarseUs = 1000;
  static constexpr size_t binCount = 312;
  static constexpr size_t bucketCount = 10;

  static size_t binOf(int64_t latenessUs) noexcept;
  void findSpread() noexcept;

  bool known_ = false;
  int64_t least_ = 0;
  std::array<int64_t, bucketCount> buckets_{};  // the least of each second
  size_t bucket_ = 0;
  int64_t bucketBegan_ = 0;
  // Weights grow instead of the old ones fading: one addition per packet.
  std::array<double, binCount> bins_{};
  double weight_ = 1;
  double total_ = 0;
  int sinceFound_ = 0;
  double spreadMs_ = 0;
};

}  // namespace holdfast
