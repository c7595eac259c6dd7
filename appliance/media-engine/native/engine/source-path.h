#pragma once
// How what an RTP port hears reaches it: one object per port, made anew when it hears something else.
#include <memory>

#include "engine/event.h"
#include "engine/settings.h"

namespace holdfast {

class Engine;
class RtpPort;

class SourcePath {
 public:
  virtual ~SourcePath() = default;
  virtual PathKind kind() const = 0;
  /** The hearing port was configured: other formats, packet time or gain. */
  virtual void hearerChanged() = 0;
  /** For statistics: how long sound waits here, and how much had to be made up, both ms. */
  virtual double bufferMs() const { return 0; }
  virtual double concealedMs() const { return 0; }
  virtual uint64_t late() const { return 0; }
};

/** Null: there is nothing to hear (yet). `why` is set when that is a fault. */
std::unique_ptr<SourcePath> makeSourcePath(Engine& engine, RtpPort& hearer, const Source& source, std::string& why);

}  // namespace holdfast
