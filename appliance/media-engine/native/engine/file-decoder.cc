#include "engine/file-decoder.h"

#include <fcntl.h>
#include <opusfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "dsp/g711.h"

namespace holdfast {

namespace {

constexpr uint32_t formatPcm = 1;
constexpr uint32_t formatALaw = 6;
constexpr uint32_t formatMuLaw = 7;
constexpr uint32_t formatExtensible = 0xfffe;
constexpr int opusRate = 48000;

uint32_t little(const uint8_t* bytes, int count) {
  uint32_t value = 0;
  for (int index = count; index-- > 0;) value = value << 8 | bytes[index];
  return value;
}

class WavDecoder final : public FileDecoder {
 public:
  explicit WavDecoder(int descriptor) : descriptor_(descriptor) {}
  ~WavDecoder() override { ::close(descriptor_); }
  WavDecoder(const WavDecoder&) = delete;
  WavDecoder& operator=(const WavDecoder&) = delete;

  /** Empty, or what is wrong. */
  std::string open() {
    uint8_t header[12];
    if (!readAt(0, header, 12) || memcmp(header, "RIFF", 4) != 0 || memcmp(header + 8, "WAVE", 4) != 0) return "not a WAV file";
    off_t at = 12;
    bool formatKnown = false;
    // Chunks of other programs lie between; 64 of them are more than any has.
    for (int chunks = 0; chunks < 64; ++chunks) {
      uint8_t chunk[8];
      if (!readAt(at, chunk, 8)) return "a WAV file without sound";
      const uint32_t length = little(chunk + 4, 4);
      if (memcmp(chunk, "fmt ", 4) == 0) {
        const std::string why = readFormat(at + 8, length);
        if (!why.empty()) return why;
        formatKnown = true;
      } else if (memcmp(chunk, "data", 4) == 0) {
        if (!formatKnown) return "a WAV file that does not say its format first";
        begin_ = at_ = at + 8;
        struct stat status {};
        if (fstat(descriptor_, &status) != 0) return strerror(errno);
        // A file that is still being written says 0 or more than there is.
        const off_t rest = status.st_size - begin_;
        end_ = begin_ + (length == 0 || static_cast<off_t>(length) > rest ? rest : static_cast<off_t>(length));
        return end_ > begin_ ? "" : "a WAV file without sound";
      }
      at += 8 + static_cast<off_t>(length) + static_cast<off_t>(length & 1);
    }
    return "a WAV file without sound";
  }

  int sampleRate() const override { return rate_; }

  size_t read(int16_t* samples, size_t count) override {
    const size_t frameBytes = channels_ * sampleBytes_;
    size_t made = 0;
    uint8_t buffer[4096];
    while (made < count) {
      const size_t room = std::min((count - made) * frameBytes, sizeof buffer / frameBytes * frameBytes);
      const auto left = static_cast<size_t>(end_ - at_) / frameBytes * frameBytes;
      const size_t wanted = std::min(room, left);
      if (wanted == 0) break;
      const ssize_t got = pread(descriptor_, buffer, wanted, at_);
      if (got < static_cast<ssize_t>(frameBytes)) break;
      const size_t frames = static_cast<size_t>(got) / frameBytes;
      at_ += static_cast<off_t>(frames * frameBytes);
      for (size_t index = 0; index < frames; ++index) samples[made + index] = mono(buffer + index * frameBytes);
      made += frames;
    }
    return made;
  }

  bool rewind() override {
    at_ = begin_;
    return true;
  }

 private:
  bool readAt(off_t at, uint8_t* into, size_t count) {
    return pread(descriptor_, into, count, at) == static_cast<ssize_t>(count);
  }

  std::string readFormat(off_t at, uint32_t length) {
    uint8_t format[40] = {};
    if (length < 16 || !readAt(at, format, std::min<size_t>(length, sizeof format))) return "a WAV file with a broken format";
    format_ = little(format, 2);
    if (format_ == formatExtensible && length >= 26) format_ = little(format + 24, 2);
    channels_ = little(format + 2, 2);
    const uint32_t rate = little(format + 4, 4);
    const uint32_t bits = little(format + 14, 2);
    const bool known = (format_ == formatPcm && bits == 16) || ((format_ == formatALaw || format_ == formatMuLaw) && bits == 8);
    if (!known) return "a WAV file that is neither 16-bit PCM nor µ-law nor A-law";
    if (channels_ < 1 || channels_ > 2) return "a WAV file with more than two channels";
    if (rate < 8000 || rate > 48000) return "a WAV file of another rate than 8 to 48 kHz";
    rate_ = static_cast<int>(rate);
    sampleBytes_ = bits / 8;
    return "";
  }

  int16_t mono(const uint8_t* frame) const {
    int32_t sum = 0;
    for (size_t channel = 0; channel < channels_; ++channel) {
      int16_t sample = 0;
      const uint8_t* const at = frame + channel * sampleBytes_;
      if (format_ == formatPcm) sample = static_cast<int16_t>(little(at, 2));
      else g711Decode(format_ == formatMuLaw ? Law::u : Law::a, at, 1, &sample);
      sum += sample;
    }
    return static_cast<int16_t>(sum / static_cast<int32_t>(channels_));
  }

  const int descriptor_;
  uint32_t format_ = 0;
  size_t channels_ = 1;
  size_t sampleBytes_ = 2;
  int rate_ = 8000;
  off_t begin_ = 0;
  off_t end_ = 0;
  off_t at_ = 0;
};

class OggOpusDecoder final : public FileDecoder {
 public:
  explicit OggOpusDecoder(OggOpusFile* file) : file_(file) {}
  ~OggOpusDecoder() override { op_free(file_); }
  OggOpusDecoder(const OggOpusDecoder&) = delete;
  OggOpusDecoder& operator=(const OggOpusDecoder&) = delete;

  int sampleRate() const override { return opusRate; }
  size_t read(int16_t* samples, size_t count) override {
    size_t made = 0;
    opus_int16 stereo[2 * 960];
    while (made < count) {
      const size_t frames = std::min<size_t>(count - made, 960);
      const int got = op_read_stereo(file_, stereo, static_cast<int>(2 * frames));
      if (got == OP_HOLE) continue;
      if (got <= 0) break;
      for (int index = 0; index < got; ++index) {
        samples[made++] = static_cast<int16_t>((stereo[2 * index] + stereo[2 * index + 1]) / 2);
      }
    }
    return made;
  }
  bool rewind() override { return op_pcm_seek(file_, 0) == 0; }

 private:
  OggOpusFile* const file_;
};

}  // namespace

std::unique_ptr<FileDecoder> openFile(const std::string& path, std::string& why) {
  // A pipe or a device would keep the thread waiting for ever.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status {};
  uint8_t magic[4] = {};
  if (descriptor < 0 || fstat(descriptor, &status) != 0) {
    why = strerror(errno);
  } else if (!S_ISREG(status.st_mode)) {
    why = "not a file";
  } else if (pread(descriptor, magic, 4, 0) == 4 && memcmp(magic, "OggS", 4) == 0) {
    ::close(descriptor);
    int error = 0;
    OggOpusFile* const file = op_open_file(path.c_str(), &error);
    if (file != nullptr) return std::make_unique<OggOpusDecoder>(file);
    why = "an Ogg file without Opus in it";
    return nullptr;
  } else {
    auto decoder = std::make_unique<WavDecoder>(descriptor);
    why = decoder->open();
    if (!why.empty()) return nullptr;
    return decoder;
  }
  if (descriptor >= 0) ::close(descriptor);
  return nullptr;
}

}  // namespace holdfast
