#pragma once
// Which test images a student got right, read from the predictions that an evaluation keeps: two rows of a table are
// then compared image by image.
#include <optional>
#include <string>
#include <vector>

#include "store/store.h"

namespace retort {

/// One entry a test image, in the data set's order: whether its largest logit is its label. Nothing if the record holds
/// no predictions, or in a layout this reader does not know. Throws DamagedResult if the file is not what was written.
std::optional<std::vector<bool>> right_answers(const Store& store, const Record& record);

/// The same from the bytes of a safetensors file with "logits" [N, C] (F16, F32) and "labels" [N] (I64).
std::optional<std::vector<bool>> right_answers(const std::string& safetensors);

/// Digest of the images that a record's predictions are of, as it states them (sdk/made_of.h); "" if it does not.
std::string images_of_predictions(const Record& record);

}  // namespace retort
