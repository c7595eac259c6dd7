#include "engine/source-path.h"

#include "engine/mix.h"
#include "engine/packet-path.h"
#include "engine/playout-path.h"
#include "engine/tdm-path.h"

namespace holdfast {

std::unique_ptr<SourcePath> makeSourcePath(Engine& engine, RtpPort& hearer, const Source& source, std::string& why) {
  switch (source.kind) {
    case Source::Kind::nothing:
      return nullptr;
    case Source::Kind::port: {
      Port* origin = engine.find(source.port);
      // It may be opened later, and is found then.
      if (origin == nullptr) return nullptr;
      if (origin->kind() == Port::Kind::tdm) {
        return std::make_unique<TdmPath>(engine, static_cast<TdmPort&>(*origin), hearer);
      }
      return std::make_unique<PacketPath>(engine, static_cast<RtpPort&>(*origin), hearer);
    }
    case Source::Kind::mix: {
      auto path = std::make_unique<MixPath>(engine, hearer, engine.mixes().find(engine, source.mix), source.speaks);
      if (path->joined()) return path;
      why = "the mix is full";
      return nullptr;
    }
    case Source::Kind::tone:
    case Source::Kind::file:
      return std::make_unique<PlayoutPath>(engine, hearer, source);
  }
  return nullptr;
}

}  // namespace holdfast
