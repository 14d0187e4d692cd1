#pragma once
// The version in a file of JSON that somebody else may have written, or damaged.
#include "core/plugin_spec.h"

namespace retort {

/// What stands under `name`; 0 if that is no whole number or `file` no object.
int stated_version(const Json& file, const char* name);

}  // namespace retort
