#pragma once
// Files that are being played: one thread reads ahead for all of them, so that the media thread never waits for a disk.
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "dsp/resample.h"
#include "dsp/sample-ring.h"
#include "engine/file-decoder.h"

namespace holdfast {

/** One reading of one file. Made by the media thread, filled by the reading thread. */
class FilePlayer {
 public:
  FilePlayer(std::string path, bool loop, int sampleRate);

  // For the media thread.
  /** Always all of `count`: silence while the disk is slow and after the end. */
  void read(int16_t* samples, size_t count);
  /** Everything has been read; `why` is set when it could not be played. */
  bool finished() const;
  const std::string& why() const { return why_; }
  int sampleRate() const { return rate_; }

 private:
  friend class FileReader;
  enum class State : uint8_t { opening, playing, ended };

  /** For the reading thread. False: there is nothing more to do. */
  bool fill();
  bool refill();

  const std::string path_;
  const bool loop_;
  const int rate_;
  SampleRing ring_;
  std::atomic<State> state_{State::opening};
  std::string why_;  // written before `ended` is told

  std::unique_ptr<FileDecoder> decoder_;
  std::unique_ptr<Resampler> resampler_;
  std::vector<int16_t> raw_;
  size_t rawFrom_ = 0;
  size_t rawCount_ = 0;
  bool anyInTurn_ = false;  // something was read since the beginning of the file
};

class FileReader {
 public:
  FileReader() = default;
  ~FileReader();
  /** Begins at once to read ahead. It ends when nobody else holds it. */
  std::shared_ptr<FilePlayer> play(const std::string& path, bool loop, int sampleRate);
  /** One for all who name the same file. */
  std::shared_ptr<class SharedFile> share(const std::string& path, bool loop);

 private:
  void run();

  std::mutex lock_;
  std::condition_variable wake_;
  std::vector<std::shared_ptr<FilePlayer>> players_;
  bool stopping_ = false;
  std::thread thread_;
  std::vector<std::weak_ptr<class SharedFile>> shared_;
};

/** What has been played of a shared file in the last seconds: each hearer has a place of his own in it, near the newest. */
class SharedFile {
 public:
  SharedFile(std::string path, bool loop, std::shared_ptr<FilePlayer> player);
  static constexpr int sampleRate = 16000;

  bool is(const std::string& path, bool loop) const { return path == path_ && loop == loop_; }
  /** Where somebody begins who comes now. */
  uint64_t place() const { return written_; }
  /** From `place`, which moves on. */
  void read(uint64_t& place, int16_t* samples, size_t count);
  bool finished() const { return player_->finished(); }
  const std::string& why() const { return player_->why(); }

 private:
  static constexpr size_t kept = 2 * sampleRate;

  const std::string path_;
  const bool loop_;
  std::shared_ptr<FilePlayer> player_;
  std::vector<int16_t> samples_;
  uint64_t written_ = 0;
};

}  // namespace holdfast
