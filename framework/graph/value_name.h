#pragma once
// What the values of an axis are called, in the names of cells and nodes, and which name is meant by one that is typed.
#include <optional>
#include <string>
#include <vector>

#include "core/plugin_spec.h"

namespace retort {

/// A text as it is, a component by its type, all else by its content: "0.1", "[1,2]", "{a=1,b=[x]}". Content that is
/// longer than 60 characters is cut, and ends in "~" and the first digits of its SHA-256.
std::string value_name(const Json& value);
/// The same for the values of one axis: components of one type are told apart by their parameters ("mmd kernel=rbf").
std::vector<std::string> value_names(const Json& values);

/// The name with its numbers in one form, wherever they stand: "score{lr=1.0}" and "score{lr=1}", "0.10" and "1e-1".
std::string plain_numbers(const std::string& name);
/// Index of the name that is meant: the same text, else one that differs in how numbers are written.
std::optional<size_t> name_meant(const std::string& typed, const std::vector<std::string>& names);

}  // namespace retort
