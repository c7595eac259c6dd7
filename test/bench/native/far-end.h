// One far end of a call: what it sends, and what it makes of what it hears from the far end on the other side.
#pragma once

#include <netinet/in.h>
#include <opus/opus.h>
#include <srtp2/srtp.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "delays.h"
#include "speech.h"

namespace holdfast::bench {

constexpr size_t packetBytes = 1500;
constexpr size_t rtpHeaderBytes = 12;

/** One line of the plan. */
struct EndPlan {
  std::string host;
  uint16_t port = 0;
  std::string codec;
  uint8_t payloadType = 0;
  /** A suite of RFC 4568, or `plain`. */
  std::string suite;
  std::string sendKey;
  std::string receiveKey;
};

/** What was heard, summed over all ends. Times in nanoseconds. */
struct Heard {
  Delays delays;
  uint64_t received = 0;
  uint64_t duplicate = 0;
  /** Matched to another packet than believed at first: the stream was renumbered while measuring. */
  uint64_t rematched = 0;
  uint64_t strange = 0;
  uint64_t checked = 0;
  uint64_t checkFailed = 0;
  double squares = 0;
  double samples = 0;
};

class FarEnd {
 public:
  FarEnd(const EndPlan& plan, size_t number, const Payloads& payloads);

  /** Writes the next packet; returns its length. `at` is when it leaves. */
  size_t send(uint8_t* packet, int64_t at);

  /** A packet for this end; `peer` is who said it. */
  void hear(uint8_t* packet, size_t length, int64_t at, const FarEnd& peer, Heard& heard, bool measuring);

  const sockaddr_in& remote() const { return remote_; }
  double level() const { return payloads_.level; }
  uint32_t sent() const { return next_; }
  /** Starts to count: what is sent from now on shall be heard at the other end. */
  void begin() {
    firstCounted_ = next_;
    afterCounted_ = UINT32_MAX;
    heardOfPeer_ = 0;
  }
  void end() { afterCounted_ = next_; }
  uint32_t counted() const { return afterCounted_ - firstCounted_; }
  uint32_t heardOfPeer() const { return heardOfPeer_; }

 private:
  static constexpr uint32_t remembered = 4096;
  using Session = std::unique_ptr<srtp_ctx_t_, srtp_err_status_t (*)(srtp_t)>;
  using Decoder = std::unique_ptr<OpusDecoder, void (*)(OpusDecoder*)>;

  bool open(uint8_t* packet, size_t& length);
  void check(const uint8_t* payload, size_t bytes, Heard& heard);

  const Payloads& payloads_;
  char law_;
  uint8_t payloadType_;
  size_t number_;
  sockaddr_in remote_{};
  Session sending_;
  Session receiving_;
  Decoder decoder_;
  uint32_t ssrc_;
  uint16_t firstSequence_;
  uint32_t firstTimestamp_;
  uint32_t next_ = 0;
  uint32_t firstCounted_ = 0;
  uint32_t afterCounted_ = UINT32_MAX;
  std::array<int64_t, remembered> sentAt_{};
  // What is heard.
  bool matched_ = false;
  uint32_t heardSsrc_ = 0;
  uint32_t matchedTimestamp_ = 0;
  uint32_t matchedIndex_ = 0;
  uint32_t heardOfPeer_ = 0;
  std::array<uint32_t, remembered> seen_{};
};

}  // namespace holdfast::bench
