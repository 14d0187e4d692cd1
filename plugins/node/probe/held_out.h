#pragma once
// Images that a probe does not learn from: they choose its rate and calibrate its head.
#include <optional>
#include <utility>

#include "sdk/artifact.h"
#include "vision/data_set.h"

namespace retort::probe {

/// The images to learn from, and the held-out ones: those of `val` if it is linked, else, if `cut`, the last tenth of
/// every class of `data`, at least one image. Throws Error(user) if `val` is empty, a class is too small, or `data` is
/// encoded and would have to be cut.
std::pair<vision::DataSet, std::optional<vision::DataSet>> with_held_out(vision::DataSet data, const Input& val,
                                                                         bool cut, std::optional<int64_t> decoders);

}  // namespace retort::probe
