#include "engine/file-player.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>

namespace holdfast {

namespace {

constexpr size_t aheadMs = 1000;
constexpr size_t rawSamples = 4800;
constexpr auto readEvery = std::chrono::milliseconds(100);

}  // namespace

FilePlayer::FilePlayer(std::string path, bool loop, int sampleRate)
    : path_(std::move(path)),
      loop_(loop),
      rate_(sampleRate),
      ring_(static_cast<size_t>(sampleRate) / 1000 * aheadMs),
      raw_(rawSamples) {}

void FilePlayer::read(int16_t* samples, size_t count) {
  const size_t got = ring_.read(samples, count);
  std::fill(samples + got, samples + count, int16_t{0});
}

bool FilePlayer::finished() const { return state_.load(std::memory_order_acquire) == State::ended && ring_.waiting() == 0; }

bool FilePlayer::refill() {
  rawFrom_ = 0;
  rawCount_ = decoder_->read(raw_.data(), raw_.size());
  if (rawCount_ == 0 && loop_ && anyInTurn_ && decoder_->rewind()) {
    anyInTurn_ = false;
    rawCount_ = decoder_->read(raw_.data(), raw_.size());
  }
  anyInTurn_ = anyInTurn_ || rawCount_ > 0;
  return rawCount_ > 0;
}

bool FilePlayer::fill() {
  if (state_ == State::ended) return false;
  if (decoder_ == nullptr) {
    decoder_ = openFile(path_, why_);
    if (decoder_ == nullptr) {
      state_.store(State::ended, std::memory_order_release);
      return false;
    }
    resampler_ = std::make_unique<Resampler>(decoder_->sampleRate(), rate_);
    state_ = State::playing;
  }
  int16_t made[1024];
  while (true) {
    const size_t room = std::min(ring_.room(), sizeof made / sizeof made[0]);
    if (room == 0) return true;
    if (rawCount_ == 0 && !refill()) break;
    size_t taken = rawCount_;
    const size_t count = resampler_->stream(raw_.data() + rawFrom_, taken, made, room);
    rawFrom_ += taken;
    rawCount_ -= taken;
    ring_.write(made, count);
    if (count == 0 && taken == 0) break;
  }
  state_.store(State::ended, std::memory_order_release);
  return false;
}

FileReader::~FileReader() {
  {
    const std::lock_guard<std::mutex> hold(lock_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<FilePlayer> FileReader::play(const std::string& path, bool loop, int sampleRate) {
  auto player = std::make_shared<FilePlayer>(path, loop, sampleRate);
  {
    const std::lock_guard<std::mutex> hold(lock_);
    players_.push_back(player);
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  }
  wake_.notify_one();
  return player;
}

std::shared_ptr<SharedFile> FileReader::share(const std::string& path, bool loop) {
  for (const auto& each : shared_) {
    const auto found = each.lock();
    if (found != nullptr && found->is(path, loop) && !found->finished()) return found;
  }
  shared_.erase(std::remove_if(shared_.begin(), shared_.end(), [](const auto& each) { return each.expired(); }), shared_.end());
  auto made = std::make_shared<SharedFile>(path, loop, play(path, loop, SharedFile::sampleRate));
  shared_.push_back(made);
  return made;
}

void FileReader::run() {
  pthread_setname_np(pthread_self(), "holdfast-files");
  std::vector<std::shared_ptr<FilePlayer>> now;
  std::unique_lock<std::mutex> hold(lock_);
  while (!stopping_) {
    // Read without the lock: the media thread must never wait for a disk.
    now = players_;
    hold.unlock();
    std::vector<const FilePlayer*> done;
    for (const auto& player : now) {
      // Only this thread's two lists hold it: nobody plays it any more.
      if (player.use_count() <= 2 || !player->fill()) done.push_back(player.get());
    }
    now.clear();
    hold.lock();
    players_.erase(std::remove_if(players_.begin(), players_.end(),
                                  [&](const auto& player) {
                                    return std::find(done.begin(), done.end(), player.get()) != done.end();
                                  }),
                   players_.end());
    if (players_.empty()) {
      wake_.wait(hold, [this] { return stopping_ || !players_.empty(); });
    } else {
      const size_t count = players_.size();
      wake_.wait_for(hold, readEvery, [&] { return stopping_ || players_.size() != count; });
    }
  }
}

SharedFile::SharedFile(std::string path, bool loop, std::shared_ptr<FilePlayer> player)
    : path_(std::move(path)), loop_(loop), player_(std::move(player)), samples_(kept) {}

void SharedFile::read(uint64_t& place, int16_t* samples, size_t count) {
  // Whoever is first reads on for all; whoever fell far behind jumps.
  while (written_ < place + count) {
    int16_t chunk[160];
    player_->read(chunk, sizeof chunk / sizeof chunk[0]);
    for (const int16_t sample : chunk) samples_[written_++ % kept] = sample;
  }
  if (written_ - place > kept - count) place = written_ - count;
  for (size_t index = 0; index < count; ++index) samples[index] = samples_[place++ % kept];
}

}  // namespace holdfast
