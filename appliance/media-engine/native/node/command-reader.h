#pragma once
#include <optional>
#include <string>

#include "engine/command.h"
#include "node/js-reader.h"

namespace holdfast {

/** Nothing: it is malformed, and `fault` says how. */
std::optional<Command> readCommand(napi_env env, napi_value value, std::string& fault);

}  // namespace holdfast
