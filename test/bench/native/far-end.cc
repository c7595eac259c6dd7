#include "far-end.h"

#include <arpa/inet.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace holdfast::bench {
namespace {

/** Packets: an answer to one that is a second old is taken for a renumbered stream, and told. */
constexpr uint32_t tooOld = 50;

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "voice-load: %s\n", why.c_str());
  std::exit(1);
}

std::vector<uint8_t> bytesOf(const std::string& base64) {
  std::vector<uint8_t> bytes;
  uint32_t bits = 0;
  int have = 0;
  for (const char letter : base64) {
    const char* letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char* place = std::strchr(letters, letter);
    if (letter == '=' || place == nullptr) break;
    bits = (bits << 6) | static_cast<uint32_t>(place - letters);
    have += 6;
    if (have >= 8) {
      have -= 8;
      bytes.push_back(static_cast<uint8_t>(bits >> have));
    }
  }
  return bytes;
}

void suiteTo(const std::string& suite, srtp_crypto_policy_t& policy) {
  if (suite == "AES_CM_128_HMAC_SHA1_80") srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy);
  else if (suite == "AES_CM_128_HMAC_SHA1_32") srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy);
  else if (suite == "AEAD_AES_128_GCM") srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy);
  else if (suite == "AEAD_AES_256_GCM") srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy);
  else fail("no such suite: " + suite);
}

srtp_t session(const std::string& suite, const std::string& key, srtp_ssrc_type_t type) {
  std::vector<uint8_t> bytes = bytesOf(key);
  srtp_policy_t policy{};
  suiteTo(suite, policy.rtp);
  suiteTo(suite, policy.rtcp);
  policy.ssrc.type = type;
  policy.key = bytes.data();
  policy.window_size = 1024;
  if (bytes.size() != static_cast<size_t>(policy.rtp.cipher_key_len)) fail("a key of a wrong length");
  srtp_t made = nullptr;
  if (srtp_create(&made, &policy) != srtp_err_status_ok) fail("no SRTP session");
  return made;
}

uint32_t wordAt(const uint8_t* at) {
  return static_cast<uint32_t>(at[0]) << 24 | static_cast<uint32_t>(at[1]) << 16 | static_cast<uint32_t>(at[2]) << 8 | at[3];
}

void writeWord(uint8_t* at, uint32_t word) {
  for (int i = 0; i < 4; i++) at[i] = static_cast<uint8_t>(word >> (24 - 8 * i));
}

}  // namespace

FarEnd::FarEnd(const EndPlan& plan, size_t number, const Payloads& payloads)
    : payloads_(payloads),
      law_(plan.codec == "PCMU" ? 'u' : plan.codec == "PCMA" ? 'a' : 'o'),
      payloadType_(plan.payloadType),
      number_(number),
      sending_(nullptr, srtp_dealloc),
      receiving_(nullptr, srtp_dealloc),
      decoder_(nullptr, opus_decoder_destroy),
      ssrc_(0x10000000U + static_cast<uint32_t>(number) * 7919U),
      firstSequence_(static_cast<uint16_t>(number * 131U)),
      firstTimestamp_(static_cast<uint32_t>(number) * 104729U) {
  remote_.sin_family = AF_INET;
  remote_.sin_port = htons(plan.port);
  if (inet_pton(AF_INET, plan.host.c_str(), &remote_.sin_addr) != 1) fail("no address: " + plan.host);
  if (plan.suite != "plain") {
    sending_.reset(session(plan.suite, plan.sendKey, ssrc_any_outbound));
    receiving_.reset(session(plan.suite, plan.receiveKey, ssrc_any_inbound));
  }
  // The sound of a few is listened to; for the others it is enough that packets open.
  if (law_ == 'o' && number < 16) {
    int error = 0;
    decoder_.reset(opus_decoder_create(8000, 1, &error));
  }
  seen_.fill(UINT32_MAX);
}

size_t FarEnd::send(uint8_t* packet, int64_t at) {
  const std::vector<uint8_t>& payload = payloads_.packets[(number_ * 37 + next_) % payloads_.packets.size()];
  const uint16_t sequence = static_cast<uint16_t>(firstSequence_ + next_);
  packet[0] = 0x80;
  packet[1] = static_cast<uint8_t>(payloadType_ | (next_ == 0 ? 0x80 : 0));
  packet[2] = static_cast<uint8_t>(sequence >> 8);
  packet[3] = static_cast<uint8_t>(sequence);
  writeWord(packet + 4, firstTimestamp_ + next_ * payloads_.timestampStep);
  writeWord(packet + 8, ssrc_);
  std::memcpy(packet + rtpHeaderBytes, payload.data(), payload.size());
  sentAt_[next_ % remembered] = at;
  next_++;
  int length = static_cast<int>(rtpHeaderBytes + payload.size());
  if (sending_ && srtp_protect(sending_.get(), packet, &length) != srtp_err_status_ok) fail("srtp_protect");
  return static_cast<size_t>(length);
}

void FarEnd::hear(uint8_t* packet, size_t length, int64_t at, const FarEnd& peer, Heard& heard, bool measuring) {
  if (length < rtpHeaderBytes || (packet[0] & 0xc0) != 0x80 || (packet[1] & 0x7f) != payloadType_) {
    heard.strange++;
    return;
  }
  if (peer.next_ == 0) return;
  const uint32_t timestamp = wordAt(packet + 4);
  const uint32_t ssrc = wordAt(packet + 8);
  const uint32_t last = peer.next_ - 1;
  // The first packet of a stream answers the last that was said; if it did not, one will soon seem to come before it was sent.
  if (!matched_ || ssrc != heardSsrc_) {
    if (matched_) heard.rematched++;
    matched_ = true;
    heardSsrc_ = ssrc;
    matchedTimestamp_ = timestamp;
    matchedIndex_ = last;
  }
  const int32_t steps = static_cast<int32_t>(timestamp - matchedTimestamp_) / static_cast<int32_t>(payloads_.timestampStep);
  uint32_t index = matchedIndex_ + static_cast<uint32_t>(steps);
  if (static_cast<int32_t>(last - index) < 0 || at < peer.sentAt_[index % remembered] || last - index >= tooOld) {
    heard.rematched++;
    matchedTimestamp_ = timestamp;
    matchedIndex_ = at < peer.sentAt_[last % remembered] && last > 0 ? last - 1 : last;
    index = matchedIndex_;
  }
  if (seen_[index % remembered] == index) {
    heard.duplicate++;
    return;
  }
  seen_[index % remembered] = index;
  if (!measuring) {
    // A stream is in step from its first packet on, also for whoever opens only some of them.
    if (receiving_) open(packet, length);
    return;
  }
  if (index < peer.firstCounted_ || index >= peer.afterCounted_) return;
  heardOfPeer_++;
  heard.received++;
  heard.delays.add(at - peer.sentAt_[index % remembered]);
  if (decoder_ || index % 8 == number_ % 8) {
    if (!open(packet, length)) heard.checkFailed++;
    else check(packet + rtpHeaderBytes, length - rtpHeaderBytes, heard);
    heard.checked++;
  }
}

bool FarEnd::open(uint8_t* packet, size_t& length) {
  if (!receiving_) return true;
  int bytes = static_cast<int>(length);
  const bool good = srtp_unprotect(receiving_.get(), packet, &bytes) == srtp_err_status_ok;
  length = static_cast<size_t>(bytes);
  return good;
}

void FarEnd::check(const uint8_t* payload, size_t bytes, Heard& heard) {
  std::array<int16_t, 960> sound{};
  size_t count = 0;
  if (law_ != 'o') {
    for (; count < bytes && count < sound.size(); count++) sound[count] = decodeG711(payload[count], law_);
  } else if (decoder_) {
    const int decoded = opus_decode(decoder_.get(), payload, static_cast<opus_int32>(bytes), sound.data(),
                                    static_cast<int>(sound.size()), 0);
    if (decoded < 0) heard.checkFailed++;
    else count = static_cast<size_t>(decoded);
  }
  for (size_t i = 0; i < count; i++) heard.squares += static_cast<double>(sound[i]) * sound[i];
  heard.samples += static_cast<double>(count);
}

}  // namespace holdfast::bench
