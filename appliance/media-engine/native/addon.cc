// What Node.js sees: native-engine.ts. One engine object per `create`, its wake by a threadsafe function.
#include <memory>

#include "engine/engine.h"
#include "node/command-reader.h"
#include "node/event-writer.h"

namespace holdfast {
namespace {

/** An engine and the function that wakes the event loop; both end with `stop`, at the latest with the environment. */
class EngineHandle {
 public:
  EngineHandle(napi_env env, const EngineOptions& options, napi_value wake) : env_(env) {
    napi_value name = nullptr;
    napi_create_string_utf8(env, "holdfast-media", NAPI_AUTO_LENGTH, &name);
    napi_create_threadsafe_function(env, wake, nullptr, name, 0, 1, nullptr, nullptr, nullptr, nullptr, &wake_);
    // Whoever commands the engine keeps the process alive, not the engine.
    napi_unref_threadsafe_function(env, wake_);
    engine_ = std::make_unique<Engine>(
        options, [this] { napi_call_threadsafe_function(wake_, nullptr, napi_tsfn_nonblocking); });
    napi_add_env_cleanup_hook(env, atExit, this);
  }
  ~EngineHandle() {
    napi_remove_env_cleanup_hook(env_, atExit, this);
    stop();
  }

  Engine* engine() { return engine_.get(); }
  void stop() {
    if (engine_ == nullptr || stopped_) return;
    stopped_ = true;
    engine_->stop();
    napi_release_threadsafe_function(wake_, napi_tsfn_abort);
  }
  bool stopped() const { return stopped_; }

 private:
  static void atExit(void* self) { static_cast<EngineHandle*>(self)->stop(); }

  napi_env env_;
  napi_threadsafe_function wake_ = nullptr;
  std::unique_ptr<Engine> engine_;
  bool stopped_ = false;
};

bool lastRealTime = false;

EngineHandle* handleOf(napi_env env, napi_callback_info info, napi_value* argument) {
  size_t count = 1;
  void* data = nullptr;
  napi_value none = nullptr;
  if (napi_get_cb_info(env, info, &count, argument == nullptr ? &none : argument, nullptr, &data) != napi_ok) return nullptr;
  return static_cast<EngineHandle*>(data);
}

napi_value apply(napi_env env, napi_callback_info info) {
  napi_value argument = nullptr;
  EngineHandle* const handle = handleOf(env, info, &argument);
  if (handle == nullptr || handle->stopped()) return nullptr;
  std::string fault;
  std::optional<Command> command = readCommand(env, argument, fault);
  if (!command) {
    napi_throw_type_error(env, nullptr, fault.c_str());
    return nullptr;
  }
  handle->engine()->apply(std::move(*command));
  return nullptr;
}

napi_value take(napi_env env, napi_callback_info info) {
  EngineHandle* const handle = handleOf(env, info, nullptr);
  napi_value list = nullptr;
  napi_create_array(env, &list);
  if (handle == nullptr) return list;
  std::vector<Event> events;
  handle->engine()->take(events);
  uint32_t index = 0;
  for (const Event& event : events) {
    napi_handle_scope scope = nullptr;
    napi_open_handle_scope(env, &scope);
    napi_set_element(env, list, index++, writeEvent(env, event));
    napi_close_handle_scope(env, scope);
  }
  return list;
}

napi_value stop(napi_env env, napi_callback_info info) {
  EngineHandle* const handle = handleOf(env, info, nullptr);
  if (handle != nullptr) handle->stop();
  return nullptr;
}

void setFunction(napi_env env, napi_value object, const char* name, napi_callback callback, void* data) {
  napi_value function = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, data, &function);
  napi_set_named_property(env, object, name, function);
}

napi_value create(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument = nullptr;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  JsReader reader(env);
  const JsObject options(reader, argument);
  EngineOptions read;
  read.realTime = options.boolean("realTime");
  read.complexity = options.integer<int>("complexity", 0, 10);
  read.batchAbove = options.integer<uint32_t>("batchAbove", 0, 1e9);
  napi_value wake = nullptr;
  napi_valuetype type = napi_undefined;
  if (reader.fault().empty()) napi_get_named_property(env, argument, "wake", &wake);
  if (wake != nullptr) napi_typeof(env, wake, &type);
  if (type != napi_function) reader.complain("wake is not a function");
  if (!reader.fault().empty()) {
    napi_throw_type_error(env, nullptr, reader.fault().c_str());
    return nullptr;
  }
  auto* const handle = new EngineHandle(env, read, wake);
  lastRealTime = handle->engine()->realTime();
  napi_value object = nullptr;
  napi_create_object(env, &object);
  setFunction(env, object, "apply", apply, handle);
  setFunction(env, object, "take", take, handle);
  setFunction(env, object, "stop", stop, handle);
  napi_wrap(
      env, object, handle, [](napi_env, void* data, void*) { delete static_cast<EngineHandle*>(data); }, nullptr, nullptr);
  return object;
}

napi_value realTime(napi_env env, napi_callback_info) {
  napi_value value = nullptr;
  napi_get_boolean(env, lastRealTime, &value);
  return value;
}

napi_value initialize(napi_env env, napi_value exports) {
  setFunction(env, exports, "create", create, nullptr);
  setFunction(env, exports, "realTime", realTime, nullptr);
  const char* const codecs[] = {"PCMU", "PCMA", "G722", "opus", "L16", "telephone-event", "CN"};
  napi_value list = nullptr;
  napi_create_array(env, &list);
  uint32_t index = 0;
  for (const char* codec : codecs) {
    napi_value name = nullptr;
    napi_create_string_utf8(env, codec, NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, list, index++, name);
  }
  napi_set_named_property(env, exports, "codecs", list);
  return exports;
}

}  // namespace
}  // namespace holdfast

NAPI_MODULE_INIT() { return holdfast::initialize(env, exports); }
