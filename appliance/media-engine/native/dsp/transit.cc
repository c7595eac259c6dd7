#include "dsp/transit.h"

#include <algorithm>

namespace holdfast {
namespace {

constexpr int64_t secondUs = 1000000;
constexpr double growth = 1.002;  // half of the weight is of the last 350 packets: 7 s
constexpr double renormalise = 1e12;
constexpr double outsideShare = 0.01;
constexpr int findEvery = 8;  // packets

}  // namespace

void TransitStatistics::reset() noexcept { *this = TransitStatistics(); }

int64_t TransitStatistics::add(int64_t sentUs, int64_t arrivedUs) noexcept {
  const int64_t transit = arrivedUs - sentUs;
  if (!known_) {
    known_ = true;
    least_ = transit;
    buckets_.fill(transit);
    bucketBegan_ = arrivedUs;
  }
  if (arrivedUs - bucketBegan_ >= secondUs) {
    bucketBegan_ = arrivedUs;
    bucket_ = (bucket_ + 1) % bucketCount;
    buckets_[bucket_] = transit;
    least_ = *std::min_element(buckets_.begin(), buckets_.end());
  }
  buckets_[bucket_] = std::min(buckets_[bucket_], transit);
  least_ = std::min(least_, transit);
  const int64_t lateness = transit - least_;
  bins_[binOf(lateness)] += weight_;
  total_ += weight_;
  weight_ *= growth;
  if (weight_ > renormalise) {
    for (double& each : bins_) each /= weight_;
    total_ /= weight_;
    weight_ = 1;
  }
  // A late packet is believed at once, calm only after a while.
  if (++sinceFound_ >= findEvery || static_cast<double>(lateness) > spreadMs_ * 1000) findSpread();
  return lateness;
}

size_t TransitStatistics::binOf(int64_t latenessUs) noexcept {
  constexpr int64_t fine = static_cast<int64_t>(fineBins) * fineUs;
  if (latenessUs < fine) return static_cast<size_t>(latenessUs / fineUs);
  return std::min(fineBins + static_cast<size_t>((latenessUs - fine) / coarseUs), binCount - 1);
}

void TransitStatistics::findSpread() noexcept {
  sinceFound_ = 0;
  double outside = 0;
  size_t bin = binCount;
  while (bin > 0 && outside + bins_[bin - 1] <= total_ * outsideShare) outside += bins_[--bin];
  // Lateness within the first bin is the noise of a quiet network.
  const size_t coarse = bin > fineBins ? bin - fineBins : 0;
  const int64_t us = static_cast<int64_t>(bin - coarse) * fineUs + static_cast<int64_t>(coarse) * coarseUs;
  spreadMs_ = bin <= 1 ? 0 : static_cast<double>(us) / 1000;
}

}  // namespace holdfast
