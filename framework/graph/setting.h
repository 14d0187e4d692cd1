#pragma once
// One value changed at a path: what `--set` and the axes of a sweep are made of.
//
//   images.lr                 parameter lr of node images
//   images.losses[1].weight   parameter of its second loss
//   score.inputs.images       a link
//   score.seed, score.type    a setting of the node (type inputs params seed device precision threads timeout)
//   images.params.seed        a parameter that has the name of a setting
//   seed, device, …           a setting of the graph (only `--set`)
#include <optional>
#include <variant>

#include "graph/reading.h"

namespace retort {

struct Setting {
  using Step = std::variant<std::string, size_t>;  ///< member of an object, element of a list

  std::string node;         ///< empty: the graph itself
  std::vector<Step> steps;  ///< from the node's object, or the graph's: {"params", "losses", 1, "weight"}
  std::string text;         ///< as written
  Mark mark;                ///< where
};

/// Nothing, with an error at `mark`, if the path is malformed or its node is not one of `nodes`.
std::optional<Setting> parse_setting(Reading& reading, const std::string& text, Mark mark, const Json& nodes);

/// Sets the value below `object` (the node's, or the graph's). Where the path leads into a parameter that is not
/// written, its default is written first. False, with an error, if a step leads nowhere.
bool apply_setting(Reading& reading, const Setting& setting, const Json& value, Mark value_mark, MarkedJson& object);

/// Applies every `--set` of the options to the document.
void apply_sets(Reading& reading, MarkedJson& document);

}  // namespace retort
