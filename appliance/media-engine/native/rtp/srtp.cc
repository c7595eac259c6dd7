#include "rtp/srtp.h"

#include <srtp2/srtp.h>

#include <algorithm>
#include <cstring>

#include "rtp/byte-order.h"
#include "rtp/rtp-packet.h"
#include "rtp/srtp-crypto.h"

namespace holdfast {

namespace {

constexpr unsigned long replayWindow = 1024;

bool libraryReady() {
  static const bool ready = srtp_init() == srtp_err_status_ok && useOpenSslCiphers();
  return ready;
}

void setSuite(srtp_policy_t& policy, SrtpSuite suite) {
  switch (suite) {
    case SrtpSuite::aesCm128Sha1_80:
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
      return;
    case SrtpSuite::aesCm128Sha1_32:
      // RFC 4568 §6.2: the short tag is of RTP alone.
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy.rtp);
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
      return;
    case SrtpSuite::aesCm256Sha1_80:
      srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtp);
      srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtcp);
      return;
    case SrtpSuite::aesCm256Sha1_32:
      srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32(&policy.rtp);
      srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtcp);
      return;
    case SrtpSuite::aeadAes128Gcm:
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
      return;
    case SrtpSuite::aeadAes256Gcm:
      srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp);
      srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp);
      return;
  }
}

srtp_policy_t policyOf(const SrtpKey& key, uint8_t (&bytes)[SRTP_MAX_KEY_LEN]) {
  srtp_policy_t policy{};
  setSuite(policy, key.suite);
  memcpy(bytes, key.bytes.data(), key.length);
  policy.key = bytes;
  policy.window_size = replayWindow;
  // A packet that was relayed twice is sent once: the index would be used again.
  policy.allow_repeat_tx = 0;
  return policy;
}

}  // namespace

SrtpSession& SrtpSession::operator=(SrtpSession&& other) noexcept {
  if (this == &other) return *this;
  close();
  session_ = other.session_;
  other.session_ = nullptr;
  return *this;
}

bool SrtpSession::open(const SrtpKey& key, Direction direction) {
  close();
  if (!libraryReady()) return false;
  uint8_t bytes[SRTP_MAX_KEY_LEN] = {};
  srtp_policy_t policy = policyOf(key, bytes);
  policy.ssrc.type = direction == Direction::inbound ? ssrc_any_inbound : ssrc_any_outbound;
  const srtp_err_status_t status = srtp_create(&session_, &policy);
  explicit_bzero(bytes, sizeof bytes);
  if (status != srtp_err_status_ok) session_ = nullptr;
  return session_ != nullptr;
}

void SrtpSession::close() {
  if (session_ != nullptr) srtp_dealloc(session_);
  session_ = nullptr;
}

bool SrtpSession::begin(const SrtpKey& key, const Rollover& at) {
  if (srtp_set_stream_roc(session_, at.ssrc, at.roc) == srtp_err_status_ok) return true;
  uint8_t bytes[SRTP_MAX_KEY_LEN] = {};
  srtp_policy_t policy = policyOf(key, bytes);
  policy.ssrc = {ssrc_specific, at.ssrc};
  const srtp_err_status_t status = srtp_add_stream(session_, &policy);
  explicit_bzero(bytes, sizeof bytes);
  return status == srtp_err_status_ok && srtp_set_stream_roc(session_, at.ssrc, at.roc) == srtp_err_status_ok;
}

std::optional<uint32_t> SrtpSession::rollover(uint32_t ssrc) const {
  uint32_t roc = 0;
  if (session_ == nullptr || srtp_get_stream_roc(session_, ssrc, &roc) != srtp_err_status_ok) return std::nullopt;
  return roc;
}

bool SrtpSender::setKeys(const SrtpKey& key, const std::optional<SrtpKey>& rtcpKey, uint32_t ssrc) {
  if (rtcpKey_ != rtcpKey) {
    rtcpKey_ = rtcpKey;
    rtcp_.close();
    if (rtcpKey) rtcp_.open(*rtcpKey, SrtpSession::Direction::outbound);
  }
  if (key_ && *key_ == key) return true;
  const bool wrapped = rtp_.rollover(ssrc).value_or(0) > 0;
  key_ = key;
  rtp_.open(key, SrtpSession::Direction::outbound);
  return !wrapped;
}

void SrtpSender::clear() {
  key_.reset();
  rtcpKey_.reset();
  rtp_.close();
  rtcp_.close();
}

bool SrtpSender::protect(uint8_t* bytes, size_t& length) {
  auto count = static_cast<int>(length);
  if (!rtp_.isOpen() || srtp_protect(rtp_.get(), bytes, &count) != srtp_err_status_ok) return false;
  length = static_cast<size_t>(count);
  return true;
}

bool SrtpSender::protectRtcp(uint8_t* bytes, size_t& length) {
  const SrtpSession& session = rtcpKey_ ? rtcp_ : rtp_;
  auto count = static_cast<int>(length);
  if (!session.isOpen() || srtp_protect_rtcp(session.get(), bytes, &count) != srtp_err_status_ok) return false;
  length = static_cast<size_t>(count);
  return true;
}

void SrtpReceiver::setKeys(const SrtpKey& key, const std::optional<SrtpKey>& rtcpKey, Nanoseconds now) {
  if (rtcpKey_ != rtcpKey) {
    rtcpKey_ = rtcpKey;
    rtcp_.close();
    if (rtcpKey) rtcp_.open(*rtcpKey, SrtpSession::Direction::inbound);
  }
  if (ready() && candidates_[0].key == key) return;
  const bool had = ready();
  const std::optional<uint32_t> roc = had && lastKnown_ ? rollover(lastSsrc_) : std::nullopt;
  candidates_[2] = std::move(candidates_[0]);
  candidates_[0] = Candidate();
  candidates_[1] = Candidate();
  oldUntil_ = had ? now + overlap : 0;
  candidates_[0].key = key;
  candidates_[0].session.open(key, SrtpSession::Direction::inbound);
  // Other keys, other streams: what was counted against the peer is forgotten with the old ones.
  streamCount_ = 0;
  if (roc.value_or(0) == 0) return;
  Candidate& anew = candidates_[1];
  anew.key = key;
  anew.session.open(key, SrtpSession::Direction::inbound);
  Candidate& goesOn = candidates_[0];
  goesOn.place = true;
  goesOn.at = {lastSsrc_, *roc};
  goesOn.sequence = lastSequence_;
  goesOn.sequenceKnown = true;
}

void SrtpReceiver::clear() {
  for (Candidate& candidate : candidates_) candidate = Candidate();
  rtcpKey_.reset();
  rtcp_.close();
  streamCount_ = 0;
  lastKnown_ = false;
}

bool SrtpReceiver::admits(uint32_t ssrc) const {
  if (streamCount_ < maxStreams) return true;
  return std::find(streams_.begin(), streams_.end(), ssrc) != streams_.end();
}

void SrtpReceiver::admit(uint32_t ssrc) {
  const auto end = streams_.begin() + static_cast<std::ptrdiff_t>(streamCount_);
  if (std::find(streams_.begin(), end, ssrc) == end && streamCount_ < maxStreams) streams_[streamCount_++] = ssrc;
}

/** RFC 3711 appendix A, for a stream of which libsrtp has heard nothing yet. */
void SrtpReceiver::placeStream(Candidate& candidate, uint32_t ssrc, uint16_t sequence) {
  if (!resumed_.empty() && !candidate.place) {
    for (const Rollover& rollover : resumed_) {
      if (rollover.ssrc != ssrc) continue;
      candidate.place = true;
      candidate.at = rollover;
      candidate.sequenceKnown = false;
    }
  }
  if (!candidate.place || candidate.at.ssrc != ssrc) return;
  Rollover at = candidate.at;
  if (!candidate.sequenceKnown) {
    // It may have wrapped while there was no engine.
    at.roc += candidate.tries++ & 1u;
  } else if (candidate.sequence < 0x8000) {
    if (sequence > candidate.sequence + 0x8000) --at.roc;
  } else if (sequence < candidate.sequence - 0x8000) {
    ++at.roc;
  }
  candidate.session.begin(candidate.key, at);
}

SrtpReceiver::Result SrtpReceiver::attempt(Candidate& candidate, uint8_t* bytes, size_t& length, bool rtcp) {
  auto count = static_cast<int>(length);
  const srtp_err_status_t status = rtcp ? srtp_unprotect_rtcp(candidate.session.get(), bytes, &count)
                                        : srtp_unprotect(candidate.session.get(), bytes, &count);
  if (status == srtp_err_status_ok) {
    length = static_cast<size_t>(count);
    return Result::opened;
  }
  const bool replayed = status == srtp_err_status_replay_fail || status == srtp_err_status_replay_old;
  return replayed ? Result::replayed : Result::authentication;
}

/** A packet of the new key has come: where it began is known, and the other guess is not needed any more. */
void SrtpReceiver::settle(size_t right) {
  if (right == 1) candidates_[0] = std::move(candidates_[1]);
  candidates_[1] = Candidate();
  candidates_[0].place = false;
  resumed_.clear();
}

SrtpReceiver::Result SrtpReceiver::tryAll(uint8_t* bytes, size_t& length, uint8_t* scratch, bool rtcp, Nanoseconds now) {
  if (candidates_[2].session.isOpen() && now >= oldUntil_) candidates_[2] = Candidate();
  size_t open = 0;
  for (const Candidate& candidate : candidates_) open += candidate.session.isOpen() ? 1 : 0;
  if (open == 1) return attempt(candidates_[0], bytes, length, rtcp);
  Result result = Result::authentication;
  for (size_t index = 0; index < maxCandidates; ++index) {
    Candidate& candidate = candidates_[index];
    if (!candidate.session.isOpen()) continue;
    size_t count = length;
    // An AEAD suite decrypts before it knows whether the tag is right.
    memcpy(scratch, bytes, length);
    const Result now_ = attempt(candidate, scratch, count, rtcp);
    if (now_ == Result::opened) {
      memcpy(bytes, scratch, count);
      length = count;
      if (index < 2 && !rtcp) settle(index);
      return now_;
    }
    if (now_ == Result::replayed) result = now_;
  }
  return result;
}

SrtpReceiver::Result SrtpReceiver::open(uint8_t* bytes, size_t& length, uint8_t* scratch, Nanoseconds now) {
  if (!ready() || length < rtpHeaderBytes) return Result::authentication;
  const uint32_t ssrc = read32(bytes + 8);
  const uint16_t sequence = read16(bytes + 2);
  const bool known = lastKnown_ && ssrc == lastSsrc_;
  if (!known && !admits(ssrc)) return Result::authentication;
  if (candidates_[0].place || !resumed_.empty()) placeStream(candidates_[0], ssrc, sequence);
  const Result result = tryAll(bytes, length, scratch, false, now);
  if (result != Result::opened) return result;
  if (!resumed_.empty()) settle(0);
  if (!known) admit(ssrc);
  if (!known || static_cast<uint16_t>(sequence - lastSequence_) < 0x8000) lastSequence_ = sequence;
  lastSsrc_ = ssrc;
  lastKnown_ = true;
  return result;
}

SrtpReceiver::Result SrtpReceiver::openRtcp(uint8_t* bytes, size_t& length, uint8_t* scratch, Nanoseconds now) {
  if (!ready() || length < 8) return Result::authentication;
  const uint32_t ssrc = read32(bytes + 4);
  if (!admits(ssrc)) return Result::authentication;
  Result result = Result::authentication;
  if (rtcpKey_) {
    auto count = static_cast<int>(length);
    const srtp_err_status_t status = srtp_unprotect_rtcp(rtcp_.get(), bytes, &count);
    if (status == srtp_err_status_ok) {
      length = static_cast<size_t>(count);
      result = Result::opened;
    } else if (status == srtp_err_status_replay_fail || status == srtp_err_status_replay_old) {
      result = Result::replayed;
    }
  } else {
    result = tryAll(bytes, length, scratch, true, now);
  }
  if (result == Result::opened) admit(ssrc);
  return result;
}

}  // namespace holdfast
