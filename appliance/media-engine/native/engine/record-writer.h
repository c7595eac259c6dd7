#pragma once
// Recordings to disk: one thread writes for all of them. A file is a right WAV file at any moment, but for the last second.
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "dsp/sample-ring.h"

namespace holdfast {

/** One file. Made and fed by the media thread, written by the writing thread. */
class RecordFile {
 public:
  static constexpr int sampleRate = 8000;

  explicit RecordFile(std::string path);
  ~RecordFile();
  RecordFile(const RecordFile&) = delete;
  RecordFile& operator=(const RecordFile&) = delete;

  // For the media thread.
  /** What does not fit is lost: the disk has not followed for seconds. */
  void write(const int16_t* samples, size_t count) { ring_.write(samples, count); }
  /** What was given is still written. */
  void stop() { stopping_.store(true, std::memory_order_release); }
  /** Nothing is written any more: it was stopped, or a fault ended it (`why`). */
  bool done() const { return done_.load(std::memory_order_acquire); }
  const std::string& path() const { return path_; }
  const std::string& why() const { return why_; }
  uint32_t durationMs() const { return static_cast<uint32_t>(written_ * 1000 / sampleRate); }

 private:
  friend class RecordWriter;
  /** For the writing thread. False: it is done. */
  bool drain();
  bool open();
  bool append(const uint8_t* bytes, size_t count);
  bool writeHeader();
  bool fail(const char* what);

  const std::string path_;
  SampleRing ring_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> done_{false};
  std::string why_;         // these two are read once it is done
  uint64_t written_ = 0;    // samples
  int descriptor_ = -1;
  uint64_t headerAt_ = 0;   // samples when the header was written last
};

class RecordWriter {
 public:
  RecordWriter() = default;
  /** Completes what is being recorded. */
  ~RecordWriter();
  std::shared_ptr<RecordFile> record(const std::string& path);

 private:
  void run();

  std::mutex lock_;
  std::condition_variable wake_;
  std::vector<std::shared_ptr<RecordFile>> files_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace holdfast
