// spandsp's C headers, without what they leave behind: in C++ they define lrint and lrintf as truncating casts.
#pragma once

// <cmath> first: its declarations of lrint would not survive the macros.
#include <cmath>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#include <spandsp.h>
#pragma GCC diagnostic pop

#undef lrint
#undef lrintf
