#pragma once
// Where a line's samples are read and written: a device file, a socket, or a descriptor that is handed over on a socket.
#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/engine.h"

namespace holdfast {

class LineDescriptor final : public Pollable {
 public:
  class User {
   public:
    virtual ~User() = default;
    virtual void readable() = 0;
    /** The last call: nothing can be read or written any more. */
    virtual void lost(const std::string& why) = 0;
  };

  /** `block`: how long one lasts. */
  LineDescriptor(Engine& engine, User& user, Nanoseconds block) : engine_(engine), user_(user), block_(block) {}
  ~LineDescriptor() override { close(); }
  LineDescriptor(const LineDescriptor&) = delete;
  LineDescriptor& operator=(const LineDescriptor&) = delete;

  /** Empty, or why it cannot be opened. */
  std::string open(const std::string& path);
  /** What is there, at most `count`; 0: nothing now, or the user was told that the line is lost. */
  size_t read(uint8_t* bytes, size_t count);
  /** What was taken of `bytes`; 0 where there is no room now. */
  size_t write(const uint8_t* bytes, size_t count);
  /** It plays by a clock of its own, as a card does, and not when it is written to. */
  bool isCard() const { return descriptor_ >= 0 && !isSocket_; }
  /** False: whoever handed it over wants it silent, e.g. while the card dials. */
  bool mayWrite() const { return mayWrite_; }
  /** Reads that failed because an event waited. */
  uint64_t events() const { return events_; }

  // Pollable
  void ready(uint32_t) override { user_.readable(); }

 private:
  /** Tries again when the next block would be there. */
  class Retry final : public Timer {
   public:
    explicit Retry(LineDescriptor& of) : of_(of) {}
    void fire() override { of_.resume(); }

   private:
    LineDescriptor& of_;
  };
  /** The socket on which the descriptor came: it says whether we may write, and its end is the line's. */
  class HandOver final : public Pollable {
   public:
    explicit HandOver(LineDescriptor& of) : of_(of) {}
    void ready(uint32_t) override { of_.heedHandOver(); }

   private:
    LineDescriptor& of_;
  };

  std::string connect(const std::string& path);
  /** The first bytes of a socket, or the descriptor that comes with the first one. */
  size_t readFirst(uint8_t* bytes, size_t count);
  void take(int handed);
  void heedHandOver();
  void resume();
  void close();
  /** By errno, after a call that failed; always 0. */
  size_t failed();
  size_t lose(const std::string& why);

  Engine& engine_;
  User& user_;
  const Nanoseconds block_;
  int descriptor_ = -1;
  int socket_ = -1;
  bool isSocket_ = false;
  bool first_ = false;
  bool mayWrite_ = true;
  uint64_t events_ = 0;
  Retry retry_{*this};
  HandOver handOver_{*this};
};

}  // namespace holdfast
