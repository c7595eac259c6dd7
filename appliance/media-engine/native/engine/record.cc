#include "engine/record.h"

#include <algorithm>

#include "engine/playout-input.h"
#include "engine/tdm-port.h"

namespace holdfast {

namespace {

class RtpRecordInput final : public RecordInput {
 public:
  explicit RtpRecordInput(RtpPort& port)
      : port_(port.id()), input_(port, RecordFile::sampleRate, port.settings().jitter, false) {}
  PortId port() const override { return port_; }
  bool read(int16_t* samples, size_t count, Nanoseconds now) override { return input_.read(samples, count, now); }

 private:
  const PortId port_;
  PlayoutInput input_;
};

class TdmRecordInput final : public RecordInput {
 public:
  TdmRecordInput(Engine& engine, TdmPort& port) : port_(port.id()), input_(engine, port) {}
  PortId port() const override { return port_; }
  bool read(int16_t* samples, size_t count, Nanoseconds now) override { return input_.read(samples, count, now); }

 private:
  const PortId port_;
  TdmInput input_;
};

}  // namespace

std::unique_ptr<RecordInput> makeRecordInput(Engine& engine, Port& port) {
  if (port.kind() == Port::Kind::tdm) return std::make_unique<TdmRecordInput>(engine, static_cast<TdmPort&>(port));
  return std::make_unique<RtpRecordInput>(static_cast<RtpPort&>(port));
}

Recordings::~Recordings() { engine_.clock().remove(*this); }

void Recordings::record(const RecordCommand& command) {
  const auto refuse = [&](const char* why) { engine_.tell(RecordedEvent{command.recording, command.path, 0, why}); };
  for (const Recording& each : recordings_) {
    if (each.name == command.recording) return refuse("there is such a recording");
  }
  if (command.ports.size() > maxMixParties) return refuse("more ports than a mix holds");
  Recording recording;
  recording.name = command.recording;
  for (const PortId id : command.ports) {
    Port* const port = engine_.find(id);
    if (port != nullptr) recording.inputs.push_back(makeRecordInput(engine_, *port));
  }
  if (recording.inputs.empty()) return refuse("no such port");
  recording.file = writer_.record(command.path);
  recordings_.push_back(std::move(recording));
  engine_.clock().add(*this);
}

void Recordings::stop(const std::string& name) {
  for (Recording& each : recordings_) {
    if (each.name != name) continue;
    each.stopped = true;
    each.inputs.clear();
    each.file->stop();
  }
}

void Recordings::portGone(PortId port) {
  for (Recording& each : recordings_) {
    if (each.stopped) continue;
    auto& inputs = each.inputs;
    inputs.erase(std::remove_if(inputs.begin(), inputs.end(), [&](const auto& input) { return input->port() == port; }),
                 inputs.end());
    if (!inputs.empty()) continue;
    each.stopped = true;
    each.file->stop();
  }
}

void Recordings::beat(Nanoseconds now) {
  constexpr size_t count = static_cast<size_t>(RecordFile::sampleRate * Clock::period / seconds(1));
  for (Recording& each : recordings_) {
    if (each.stopped) continue;
    mixer_.begin(count);
    int16_t samples[count];
    for (const auto& input : each.inputs) {
      if (input->read(samples, count, now)) mixer_.add(samples);
    }
    mixer_.hear(nullptr, samples);
    each.file->write(samples, count);
  }
  for (auto each = recordings_.begin(); each != recordings_.end();) {
    if (!each->file->done()) {
      ++each;
      continue;
    }
    engine_.tell(RecordedEvent{each->name, each->file->path(), each->file->durationMs(), each->file->why()});
    each = recordings_.erase(each);
  }
  if (recordings_.empty()) engine_.clock().remove(*this);
}

}  // namespace holdfast
