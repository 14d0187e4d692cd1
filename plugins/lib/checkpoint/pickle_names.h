#pragma once
// Which names a pickle of weights may speak of: the few that make something of a state dictionary, and those whose
// objects lie beside weights and are not looked into.
#include <c10/core/ScalarType.h>

#include <string>

namespace retort::checkpoint {

/// "module name" of each call that is understood.
inline constexpr const char* kDict = "collections OrderedDict";
inline constexpr const char* kTensor = "torch._utils _rebuild_tensor_v2";
inline constexpr const char* kParameter = "torch._utils _rebuild_parameter";
inline constexpr const char* kSize = "torch Size";

/// Element type of a class of storages; null if the name is none.
const c10::ScalarType* storage_type(const std::string& name);
/// A name whose objects become values without content.
bool inert(const std::string& name);
/// Whether a pickle may name it at all.
bool may_be_named(const std::string& name);

}  // namespace retort::checkpoint
