#pragma once
// Recordings: what the peers of some ports say, mixed.
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "dsp/mixer.h"
#include "engine/engine.h"
#include "engine/record-writer.h"

namespace holdfast {

/** What one port's peer says, by the machine's clock. */
class RecordInput {
 public:
  virtual ~RecordInput() = default;
  virtual PortId port() const = 0;
  /** At 8 kHz. False: nothing. */
  virtual bool read(int16_t* samples, size_t count, Nanoseconds now) = 0;
};

/** Null: the port is of no kind that says something. */
std::unique_ptr<RecordInput> makeRecordInput(Engine& engine, Port& port);

class Recordings final : public Clocked {
 public:
  explicit Recordings(Engine& engine) : engine_(engine) {}
  ~Recordings() override;
  void record(const RecordCommand& command);
  void stop(const std::string& recording);
  /** A port goes; a recording whose last port went is complete. */
  void portGone(PortId port);
  void beat(Nanoseconds now) override;

 private:
  struct Recording {
    std::string name;
    std::vector<std::unique_ptr<RecordInput>> inputs;
    std::shared_ptr<RecordFile> file;
    bool stopped = false;
  };

  Engine& engine_;
  RecordWriter writer_;
  std::vector<Recording> recordings_;
  Mixer mixer_;
};

}  // namespace holdfast
