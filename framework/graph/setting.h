#pragma once
// One value changed at a path: what `--set` and the axes of a sweep are made of.
//
//   images.lr                 parameter lr of node images
//   images.losses[1].weight   parameter of its second loss
//   score.inputs.images       a link
//   score.seed, score.type    a setting of the node (type inputs params seed device precision threads timeout)
//   images.params.seed        a parameter that has the name of a setting
//   seed, device, …           a setting of the graph (only `--set`)
//   let.width                 a named value: everything that refers to it
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

/// "a.b[1].c" → a, b, 1, c; nothing if it is malformed.
std::optional<std::vector<Setting::Step>> path_steps(const std::string& text);
/// The inverse: "params.losses[1].weight".
std::string path_text(const std::vector<Setting::Step>& steps);

/// Nothing, with an error at `mark`, if the path is malformed or its node is not one of `nodes`.
std::optional<Setting> parse_setting(Reading& reading, const std::string& text, Mark mark, const Json& nodes);

/// Sets the value below `object` (the node's, or the graph's). Where the path leads into a parameter that is not
/// written, its default is written first. False, with an error, if a step leads nowhere.
bool apply_setting(Reading& reading, const Setting& setting, const Json& value, Mark value_mark, MarkedJson& object);

/// What a setting leads to in a node as it is written: the parameter and the value there, its default if it is not
/// written. Null where the path leads nowhere, or into what is no parameter.
struct Declared {
  const ParamSpec* param = nullptr;
  bool element = false;         ///< of a list parameter
  const Json* value = nullptr;  ///< in the node, or in a manifest

  std::string type() const;  ///< "integer", …; of the element; empty if it is no parameter
};
Declared declared_at(const Catalog& catalog, const Setting& setting, const Json& node);

/// A value from the command line, of the declared type: text stays text for a string though it looks like a number,
/// and the bare name of a component is one.
Json typed(const std::string& text, const Declared& declared);

/// Applies every `--set`, `--sweep` and `--add-seeds` of the options to the document.
void apply_options(Reading& reading, MarkedJson& document);

}  // namespace retort
