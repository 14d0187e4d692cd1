#pragma once
// Values that are no numbers do not leave a node: whoever writes a tensor, or a number made of one, asks here first.
#include <ATen/core/Tensor.h>

#include <optional>
#include <string>

namespace retort {

/// What is not finite in a floating tensor, in words: `has 3 of 64 values that are not finite, the first NaN at [17]`;
/// nothing if all is, or if it holds whole numbers. One pass where there is nothing to say. On any device.
std::optional<std::string> not_finite(const at::Tensor& tensor);

/// Throws Error(not_a_number): `place: "name" has …`; without a place: `"name" has …`.
void check_finite(const at::Tensor& tensor, const std::string& name, const std::string& place = "");

/// Throws Error(data) unless these are whole numbers, each of one of `classes` classes (0: of any number of them).
void check_labels(const at::Tensor& labels, size_t classes, const std::string& place);

}  // namespace retort
