#include "engine/source-path.h"

#include "engine/packet-path.h"

namespace holdfast {

std::unique_ptr<SourcePath> makeSourcePath(Engine& engine, RtpPort& hearer, const Source& source, std::string& why) {
  switch (source.kind) {
    case Source::Kind::nothing:
      return nullptr;
    case Source::Kind::port: {
      Port* origin = engine.find(source.port);
      // It may be opened later, and is found then.
      if (origin == nullptr || origin->kind() != Port::Kind::rtp) return nullptr;
      return std::make_unique<PacketPath>(engine, static_cast<RtpPort&>(*origin), hearer);
    }
    case Source::Kind::mix:
    case Source::Kind::tone:
    case Source::Kind::file:
      why = "this engine has no clock-driven sources";
      return nullptr;
  }
  return nullptr;
}

}  // namespace holdfast
