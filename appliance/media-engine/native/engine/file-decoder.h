#pragma once
// Prompts and music from disk as samples: WAV (PCM16, µ-law, A-law) and Ogg Opus. For a thread that may wait.
#include <memory>
#include <string>
#include <vector>

namespace holdfast {

class FileDecoder {
 public:
  virtual ~FileDecoder() = default;
  virtual int sampleRate() const = 0;
  /** Mono samples; 0: the end, or a fault. */
  virtual size_t read(int16_t* samples, size_t count) = 0;
  /** To the beginning. False: it cannot be. */
  virtual bool rewind() = 0;
};

/** Null: `why` says what is wrong with the file. */
std::unique_ptr<FileDecoder> openFile(const std::string& path, std::string& why);

}  // namespace holdfast
