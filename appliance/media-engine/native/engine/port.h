#pragma once
// What every port is to the others: an id, and whoever listens to what its peer says.
#include <algorithm>
#include <vector>

#include "engine/event.h"
#include "engine/settings.h"
#include "rtp/rtp-time.h"

namespace holdfast {

/** A packet that is believed: in clear, no duplicate, of a payload type that was agreed. It lives as long as the call. */
struct ReceivedPacket {
  const Format& format;
  /** Another number for each stream: a new SSRC, or a stream that was interrupted. */
  uint64_t stream;
  bool marker;
  uint16_t sequence;
  uint32_t timestamp;
  const uint8_t* payload;
  size_t payloadBytes;
  Nanoseconds arrival;
};

class PacketListener {
 public:
  virtual ~PacketListener() = default;
  virtual void packet(const ReceivedPacket& packet) = 0;
  /** A datagram of an opaque port. */
  virtual void datagram(const uint8_t*, size_t) {}
  /** What the port's peer may send has changed. */
  virtual void formatsChanged() {}
};

class Port {
 public:
  enum class Kind : uint8_t { rtp, tdm };

  Port(PortId id, Kind kind) : id_(id), kind_(kind) {}
  virtual ~Port() = default;
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  PortId id() const { return id_; }
  Kind kind() const { return kind_; }
  /** Whom this port hears now; 0: no port. */
  virtual PortId heardPort() const = 0;
  /** The port that it hears was opened or is about to go: find it anew (`gone`: do not). */
  virtual void originChanged(PortId origin, bool gone) = 0;
  virtual PortStatistics statistics() = 0;
  /** Every 50 ms: silence, reports, what keeps a path open. */
  virtual void housekeep(Nanoseconds now) = 0;

 private:
  const PortId id_;
  const Kind kind_;
};

}  // namespace holdfast
