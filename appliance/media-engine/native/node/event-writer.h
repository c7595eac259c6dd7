#pragma once
#define NAPI_VERSION 8
#include <node_api.h>

#include "engine/event.h"

namespace holdfast {

/** An event as the plain object of native-engine.ts. */
napi_value writeEvent(napi_env env, const Event& event);

}  // namespace holdfast
