#include "dsp/resample.h"

#include <speex/speex_resampler.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace holdfast {
namespace {
// 48 taps: images 60 dB down, 24 samples of delay at the lower rate's Nyquist edge.
constexpr int quality = 3;
}  // namespace

Resampler::Resampler(int from, int to) : from_(from), to_(to) {
  if (from == to || from <= 0 || to <= 0) return;
  int error = RESAMPLER_ERR_SUCCESS;
  state_ = speex_resampler_init(1, static_cast<spx_uint32_t>(from), static_cast<spx_uint32_t>(to), quality, &error);
}

Resampler::~Resampler() {
  if (state_ != nullptr) speex_resampler_destroy(state_);
}

Resampler::Resampler(Resampler&& other) noexcept
    : from_(other.from_), to_(other.to_), state_(std::exchange(other.state_, nullptr)) {}

Resampler& Resampler::operator=(Resampler&& other) noexcept {
  std::swap(from_, other.from_);
  std::swap(to_, other.to_);
  std::swap(state_, other.state_);
  return *this;
}

size_t Resampler::outputFor(size_t count) const noexcept {
  return from_ <= 0 ? 0 : count * static_cast<size_t>(to_) / static_cast<size_t>(from_);
}

size_t Resampler::process(const int16_t* in, size_t count, int16_t* out, size_t capacity) noexcept {
  const size_t wanted = std::min(outputFor(count), capacity);
  if (from_ == to_) {
    std::memmove(out, in, wanted * sizeof(int16_t));
    return wanted;
  }
  if (state_ == nullptr) {
    std::fill(out, out + wanted, int16_t{0});
    return wanted;
  }
  auto taken = static_cast<spx_uint32_t>(count);
  auto made = static_cast<spx_uint32_t>(wanted);
  speex_resampler_process_int(state_, 0, in, &taken, out, &made);
  std::fill(out + made, out + wanted, int16_t{0});
  return wanted;
}

size_t Resampler::stream(const int16_t* in, size_t& count, int16_t* out, size_t capacity) noexcept {
  if (state_ == nullptr) {
    count = from_ == to_ ? std::min(count, capacity) : 0;
    std::memmove(out, in, count * sizeof(int16_t));
    return count;
  }
  auto taken = static_cast<spx_uint32_t>(count);
  auto made = static_cast<spx_uint32_t>(capacity);
  speex_resampler_process_int(state_, 0, in, &taken, out, &made);
  count = taken;
  return made;
}

void Resampler::reset() noexcept {
  if (state_ != nullptr) speex_resampler_reset_mem(state_);
}

}  // namespace holdfast
