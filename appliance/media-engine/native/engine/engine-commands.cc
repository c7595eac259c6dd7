// Commands, carried out in the order they came.
#include "engine/engine.h"
#include "engine/record.h"
#include "engine/rtp-port.h"
#include "engine/tdm-port.h"

namespace holdfast {

RtpPort* Engine::rtpPort(PortId id, const char* command) {
  Port* const port = find(id);
  if (port != nullptr && port->kind() == Port::Kind::rtp) return static_cast<RtpPort*>(port);
  failed(id, command, port == nullptr ? "no such port" : "not an RTP port");
  return nullptr;
}

TdmPort* Engine::tdmPort(PortId id, const char* command) {
  Port* const port = find(id);
  if (port != nullptr && port->kind() == Port::Kind::tdm) return static_cast<TdmPort*>(port);
  failed(id, command, port == nullptr ? "no such port" : "not a TDM port");
  return nullptr;
}

void Engine::relink(PortId origin, bool gone) {
  for (const auto& [id, port] : ports_) {
    if (port->heardPort() == origin) port->originChanged(origin, gone);
  }
}

void Engine::carryOut(OpenCommand& command) {
  if (find(command.port) != nullptr) return failed(command.port, "open", "there is such a port");
  auto port = std::make_unique<RtpPort>(*this, command.port, command.place);
  const std::string why = port->open();
  if (!why.empty()) return failed(command.port, "open", why);
  RtpPort& opened = *port;
  ports_.emplace(command.port, std::move(port));
  opened.resume(command.received);
  opened.configure(command.settings);
  if (command.dtlsKeys) opened.setKeys(*command.dtlsKeys);
  relink(command.port, false);
}

void Engine::carryOut(ConfigureCommand& command) {
  if (RtpPort* const port = rtpPort(command.port, "configure")) port->configure(command.settings);
}

void Engine::carryOut(HearCommand& command) {
  Port* const port = find(command.port);
  if (port == nullptr) return failed(command.port, "hear", "no such port");
  if (port->kind() == Port::Kind::tdm) static_cast<TdmPort*>(port)->hear(command.source);
  else static_cast<RtpPort*>(port)->hear(command.source);
}

void Engine::carryOut(CloseCommand& command) {
  Port* const port = find(command.port);
  if (port == nullptr) return failed(command.port, "close", "no such port");
  relink(command.port, true);
  if (port->kind() == Port::Kind::rtp) static_cast<RtpPort*>(port)->sayGoodbye();
  recordings_->portGone(command.port);
  const PortStatistics statistics = port->statistics();
  ports_.erase(command.port);
  tell(ClosedEvent{command.port, statistics});
}

void Engine::carryOut(AskStatisticsCommand& command) {
  Port* const port = find(command.port);
  if (port == nullptr) return failed(command.port, "askStatistics", "no such port");
  tell(StatisticsEvent{command.port, port->statistics()});
}

void Engine::carryOut(SendCommand& command) {
  if (RtpPort* const port = rtpPort(command.port, "send")) port->sendRaw(command.component, command.bytes, command.to);
}

void Engine::carryOut(PathCommand& command) {
  if (RtpPort* const port = rtpPort(command.port, "path")) {
    port->setPath(command.component, command.remote, command.relayServer, command.relayChannel);
  }
}

void Engine::carryOut(KeysCommand& command) {
  if (RtpPort* const port = rtpPort(command.port, "keys")) port->setKeys(command.keys);
}

void Engine::carryOut(KernelCommand& command) {
  if (RtpPort* const port = rtpPort(command.port, "kernel")) port->setKernel(command.forwards);
}

void Engine::carryOut(KernelCountsCommand& command) {
  if (RtpPort* const port = rtpPort(command.port, "kernelCounts")) {
    port->setKernelCounts(command);
  }
}

void Engine::carryOut(DigitCommand& command) {
  Port* const port = find(command.port);
  if (port == nullptr) return failed(command.port, "digit", "no such port");
  const bool said = port->kind() == Port::Kind::tdm
                        ? static_cast<TdmPort*>(port)->playDigit(command.digit, static_cast<int>(command.durationMs))
                        : static_cast<RtpPort*>(port)->sayDigit(command.digit, command.durationMs);
  if (!said) failed(command.port, "digit", "too many digits wait, or the peer takes neither events nor sound");
}

void Engine::carryOut(OpenTdmCommand& command) {
  if (find(command.port) != nullptr) return failed(command.port, "openTdm", "there is such a port");
  auto port = std::make_unique<TdmPort>(*this, command.port, command.place);
  const std::string why = port->open();
  if (!why.empty()) return failed(command.port, "openTdm", why);
  TdmPort& opened = *port;
  ports_.emplace(command.port, std::move(port));
  opened.configure(command.settings);
  relink(command.port, false);
}

void Engine::carryOut(ConfigureTdmCommand& command) {
  if (TdmPort* const port = tdmPort(command.port, "configureTdm")) port->configure(command.settings);
}

void Engine::carryOut(PlayCommand& command) {
  if (TdmPort* const port = tdmPort(command.port, "play")) port->play(command.play, std::move(command.sounds));
}

void Engine::carryOut(RecordCommand& command) { recordings_->record(command); }

void Engine::carryOut(StopRecordingCommand& command) { recordings_->stop(command.recording); }

}  // namespace holdfast
