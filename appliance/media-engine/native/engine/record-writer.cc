#include "engine/record-writer.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

namespace holdfast {

namespace {

constexpr size_t ringSeconds = 5;
constexpr size_t headerBytes = 44;
constexpr size_t sampleBytes = 2;
constexpr uint64_t mostBytes = 0xffffffff - headerBytes;  // RIFF counts in 32 bits
constexpr auto writeEvery = std::chrono::milliseconds(100);

void little(uint8_t* to, uint32_t value, int count) {
  for (int index = 0; index < count; ++index) to[index] = static_cast<uint8_t>(value >> (8 * index));
}

}  // namespace

RecordFile::RecordFile(std::string path) : path_(std::move(path)), ring_(sampleRate * ringSeconds) {}

RecordFile::~RecordFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool RecordFile::fail(const char* what) {
  why_ = std::string(what) + ": " + strerror(errno);
  return false;
}

bool RecordFile::open() {
  // What was said is for those who may hear it: nobody else reads it.
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor_ < 0) return fail("open");
  if (!writeHeader()) return false;
  return lseek(descriptor_, headerBytes, SEEK_SET) == headerBytes || fail("seek");
}

bool RecordFile::writeHeader() {
  uint8_t header[headerBytes];
  const auto data = static_cast<uint32_t>(written_ * sampleBytes);
  memcpy(header, "RIFF", 4);
  little(header + 4, data + headerBytes - 8, 4);
  memcpy(header + 8, "WAVEfmt ", 8);
  little(header + 16, 16, 4);
  little(header + 20, 1, 2);  // PCM
  little(header + 22, 1, 2);  // mono
  little(header + 24, sampleRate, 4);
  little(header + 28, sampleRate * sampleBytes, 4);
  little(header + 32, sampleBytes, 2);
  little(header + 34, sampleBytes * 8, 2);
  memcpy(header + 36, "data", 4);
  little(header + 40, data, 4);
  headerAt_ = written_;
  return pwrite(descriptor_, header, headerBytes, 0) == static_cast<ssize_t>(headerBytes) || fail("write");
}

bool RecordFile::append(const uint8_t* bytes, size_t count) {
  size_t at = 0;
  while (at < count) {
    const ssize_t wrote = ::write(descriptor_, bytes + at, count - at);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) {
      written_ += at / sampleBytes;
      return fail("write");
    }
    at += static_cast<size_t>(wrote);
  }
  written_ += count / sampleBytes;
  return true;
}

bool RecordFile::drain() {
  // Before the rest is read: what was given before the stop is then in it.
  const bool last = stopping_.load(std::memory_order_acquire);
  bool good = descriptor_ >= 0 || open();
  int16_t samples[2048];
  while (good) {
    const size_t count = ring_.read(samples, sizeof samples / sizeof samples[0]);
    if (count == 0) break;
    if (written_ * sampleBytes + count * sampleBytes > mostBytes) {
      errno = EFBIG;
      good = fail("write");
      break;
    }
    uint8_t bytes[sizeof samples];
    for (size_t index = 0; index < count; ++index) {
      little(bytes + index * sampleBytes, static_cast<uint16_t>(samples[index]), sampleBytes);
    }
    good = append(bytes, count * sampleBytes);
  }
  if (descriptor_ >= 0 && (!good || last || written_ - headerAt_ >= sampleRate)) {
    // After a fault its reason stays the one that is told.
    const std::string why = why_;
    const bool wrote = writeHeader();
    if (!good) why_ = why;
    good = good && wrote;
  }
  if (good && !last) return true;
  if (descriptor_ >= 0) {
    if (good && fdatasync(descriptor_) != 0) fail("sync");
    ::close(descriptor_);
    descriptor_ = -1;
  }
  done_.store(true, std::memory_order_release);
  return false;
}

RecordWriter::~RecordWriter() {
  {
    const std::lock_guard<std::mutex> hold(lock_);
    stopping_ = true;
    for (const auto& file : files_) file->stop();
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<RecordFile> RecordWriter::record(const std::string& path) {
  auto file = std::make_shared<RecordFile>(path);
  {
    const std::lock_guard<std::mutex> hold(lock_);
    files_.push_back(file);
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  }
  wake_.notify_one();
  return file;
}

void RecordWriter::run() {
  pthread_setname_np(pthread_self(), "holdfast-record");
  std::unique_lock<std::mutex> hold(lock_);
  while (!stopping_ || !files_.empty()) {
    std::vector<std::shared_ptr<RecordFile>> now = files_;
    hold.unlock();
    std::vector<std::shared_ptr<RecordFile>> done;
    for (const auto& file : now) {
      if (!file->drain()) done.push_back(file);
    }
    hold.lock();
    for (const auto& file : done) {
      for (auto each = files_.begin(); each != files_.end(); ++each) {
        if (*each == file) {
          files_.erase(each);
          break;
        }
      }
    }
    if (files_.empty()) {
      wake_.wait(hold, [this] { return stopping_ || !files_.empty(); });
    } else if (!stopping_) {
      wake_.wait_for(hold, writeEvery);
    }
  }
}

}  // namespace holdfast
