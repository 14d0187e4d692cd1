#pragma once
// What every step of reading a graph needs at hand, and the hints they give in the same words.
#include <string>
#include <utility>
#include <vector>

#include "core/file_stamp.h"
#include "core/json_text.h"
#include "graph/read.h"

namespace retort {

struct Reading {
  const Catalog& catalog;
  const ReadOptions& options;
  Diagnostics& diagnostics;
  Texts texts = {};
  SeenFiles files = {};
  bool lacks_plugins = false;                    ///< a type was named that the catalog does not have
  std::map<std::string, std::string> read = {};  ///< absolute path → text, of all that were read

  Place place(Mark mark) const { return texts.place(mark); }
  void error(Mark mark, std::string message, std::string hint = "") {
    diagnostics.error(place(mark), std::move(message), std::move(hint));
  }
};

/// A valid name and what it means.
using Choice = std::pair<std::string, std::string>;

/// `did you mean "first_scale"? (Extra factor on the first layer)`, or, if nothing is near, the valid names.
std::string name_hint(const std::string& name, const std::vector<Choice>& valid, const std::string& what);

std::vector<Choice> choices(const std::vector<std::string>& names);
std::vector<Choice> choices(const std::vector<ParamSpec>& params);
std::vector<Choice> choices(const std::vector<PortSpec>& ports);
std::vector<Choice> choices(const std::vector<const Manifest*>& manifests);

/// Errors for the members of an object that are not in `known`. `subject` begins the message: `the graph`.
void refuse_unknown(Reading& reading, const MarkedJson& object, const std::vector<std::string>& known,
                    const std::string& subject);

/// "string (\"a\")", "object": what a message says that it got.
std::string shown(const Json& value);

std::string in_quotes(const std::string& text);
std::string joined(const std::vector<std::string>& names, const std::string& between = ", ");

}  // namespace retort
