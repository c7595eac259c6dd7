#pragma once
// SRTP and SRTCP over libsrtp2: RFC 3711, 6188, 7714. What keys do over the life of a call is decided here.
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "rtp/rtp-time.h"
#include "rtp/srtp-key.h"

struct srtp_ctx_t_;

namespace holdfast {

/** Bytes that protection adds at most: tag, and SRTCP's index. */
constexpr size_t maxSrtpTrailerBytes = 144 + 4;

/** How often a stream's sequence numbers have wrapped: RFC 3711 §3.3.1. */
struct Rollover {
  uint32_t ssrc = 0;
  uint32_t roc = 0;
};

/** One session of libsrtp, of one direction and key. */
class SrtpSession {
 public:
  enum class Direction : uint8_t { inbound, outbound };

  SrtpSession() = default;
  ~SrtpSession() { close(); }
  SrtpSession(SrtpSession&& other) noexcept : session_(other.session_) { other.session_ = nullptr; }
  SrtpSession& operator=(SrtpSession&& other) noexcept;

  bool open(const SrtpKey& key, Direction direction);
  void close();
  bool isOpen() const { return session_ != nullptr; }
  srtp_ctx_t_* get() const { return session_; }
  /** Begins a stream at this rollover counter. */
  bool begin(const SrtpKey& key, const Rollover& at);
  std::optional<uint32_t> rollover(uint32_t ssrc) const;

 private:
  srtp_ctx_t_* session_ = nullptr;
};

class SrtpSender {
 public:
  /**
   * Other keys from the next packet on. False: the stream needs another SSRC. Its sequence numbers have wrapped, and peers
   * disagree whether new keys set the rollover counter back (RFC 3711 §3.3.1 against RFC 4568 §7.1.4); a new SSRC begins at 0
   * for all of them.
   */
  bool setKeys(const SrtpKey& key, const std::optional<SrtpKey>& rtcpKey, uint32_t ssrc);
  void clear();
  bool ready() const { return rtp_.isOpen(); }
  /** In place; `bytes` has room for the trailer. */
  bool protect(uint8_t* bytes, size_t& length);
  bool protectRtcp(uint8_t* bytes, size_t& length);

 private:
  std::optional<SrtpKey> key_;
  std::optional<SrtpKey> rtcpKey_;
  SrtpSession rtp_;
  SrtpSession rtcp_;
};

class SrtpReceiver {
 public:
  enum class Result : uint8_t { opened, authentication, replayed };

  /** What was sent under the old key may still arrive for so long: the peer's answer and its packets go different ways. */
  static constexpr Nanoseconds overlap = seconds(5);
  /** Streams of one peer; each costs memory and is remembered for its replay window. */
  static constexpr size_t maxStreams = 16;

  /** Keys that stay the same go on as they are. */
  void setKeys(const SrtpKey& key, const std::optional<SrtpKey>& rtcpKey, Nanoseconds now);
  void clear();
  bool ready() const { return candidates_[0].session.isOpen(); }
  /** Streams that a former engine received. */
  void resume(const std::vector<Rollover>& received) { resumed_ = received; }

  /** In place; `scratch` of at least `length` bytes is used while two keys may be right. */
  Result open(uint8_t* bytes, size_t& length, uint8_t* scratch, Nanoseconds now);
  Result openRtcp(uint8_t* bytes, size_t& length, uint8_t* scratch, Nanoseconds now);
  std::optional<uint32_t> rollover(uint32_t ssrc) const { return candidates_[0].session.rollover(ssrc); }

 private:
  struct Candidate {
    SrtpSession session;
    SrtpKey key;
    /** Of streams whose rollover counter is not proven yet: the last known place. */
    bool place = false;
    Rollover at;
    uint16_t sequence = 0;
    bool sequenceKnown = false;
    uint8_t tries = 0;
  };

  /** The new key where the rollover counter went on, the same where it began anew, the old key. */
  static constexpr size_t maxCandidates = 3;

  bool admits(uint32_t ssrc) const;
  void admit(uint32_t ssrc);
  void placeStream(Candidate& candidate, uint32_t ssrc, uint16_t sequence);
  void settle(size_t right);
  Result attempt(Candidate& candidate, uint8_t* bytes, size_t& length, bool rtcp);
  Result tryAll(uint8_t* bytes, size_t& length, uint8_t* scratch, bool rtcp, Nanoseconds now);

  std::array<Candidate, maxCandidates> candidates_;
  Nanoseconds oldUntil_ = 0;
  std::optional<SrtpKey> rtcpKey_;
  SrtpSession rtcp_;
  std::array<uint32_t, maxStreams> streams_{};
  size_t streamCount_ = 0;
  uint32_t lastSsrc_ = 0;
  uint16_t lastSequence_ = 0;
  bool lastKnown_ = false;
  std::vector<Rollover> resumed_;
};

}  // namespace holdfast
