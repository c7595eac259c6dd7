#include "dsp/codec-resampled.h"

#include <algorithm>
#include <array>

#include "dsp/resample.h"

namespace holdfast {
namespace {

class ResampledDecoder final : public Decoder {
 public:
  ResampledDecoder(std::unique_ptr<Decoder> inner, int rate)
      : inner_(std::move(inner)), rate_(rate), own_(inner_->sampleRate()), resampler_(own_, rate) {}

  bool valid() const { return resampler_.valid(); }
  int sampleRate() const noexcept override { return rate_; }
  size_t duration(const uint8_t* payload, size_t bytes) const noexcept override {
    return resampler_.outputFor(inner_->duration(payload, bytes));
  }
  size_t decode(const uint8_t* payload, size_t bytes, int16_t* samples, size_t capacity) noexcept override {
    const size_t count = inner_->decode(payload, bytes, buffer_.data(), buffer_.size());
    if (resampler_.outputFor(count) > capacity) return 0;
    return resampler_.process(buffer_.data(), count, samples, capacity);
  }
  size_t concealUnit() const noexcept override {
    const size_t unit = inner_->concealUnit();
    // A whole number of samples at both rates.
    return std::max<size_t>(unit, static_cast<size_t>(own_ / 1000)) * static_cast<size_t>(rate_) / static_cast<size_t>(own_);
  }
  size_t conceal(int16_t* samples, size_t count) noexcept override {
    const size_t wanted = std::min(innerCount(count), buffer_.size());
    inner_->conceal(buffer_.data(), wanted);
    return finish(wanted, samples, count);
  }
  size_t recover(const uint8_t* next, size_t bytes, int16_t* samples, size_t count) noexcept override {
    const size_t wanted = std::min(innerCount(count), buffer_.size());
    inner_->recover(next, bytes, buffer_.data(), wanted);
    return finish(wanted, samples, count);
  }
  bool hasRedundancy(const uint8_t* next, size_t bytes) const noexcept override { return inner_->hasRedundancy(next, bytes); }
  void reset() noexcept override {
    inner_->reset();
    resampler_.reset();
  }

 private:
  size_t innerCount(size_t count) const { return count * static_cast<size_t>(own_) / static_cast<size_t>(rate_); }
  size_t finish(size_t made, int16_t* samples, size_t count) {
    const size_t got = resampler_.process(buffer_.data(), made, samples, count);
    std::fill(samples + got, samples + count, int16_t{0});
    return count;
  }

  std::unique_ptr<Decoder> inner_;
  int rate_;
  int own_;
  Resampler resampler_;
  std::array<int16_t, maxFrameSamples> buffer_{};
};

}  // namespace

std::unique_ptr<Decoder> resampledDecoder(std::unique_ptr<Decoder> inner, int sampleRate) {
  if (inner == nullptr || inner->sampleRate() == sampleRate) return inner;
  auto resampled = std::make_unique<ResampledDecoder>(std::move(inner), sampleRate);
  if (!resampled->valid()) return nullptr;
  return resampled;
}

}  // namespace holdfast
