#pragma once
// Values with names: {"let": {"width": 16}}, and {"ref": "width"} wherever that value is wanted. A reference may go
// inside ("net.width") and stand inside another value of "let"; what stands beside it changes the object it names
// (JSON Merge Patch): {"ref": "teacher", "epochs": 15}.
#include <set>

#include "graph/setting.h"

namespace retort {

class Lets {
 public:
  /// Reads "let" of the document and replaces every reference in its nodes and its sweep.
  static Lets resolve(Reading& reading, MarkedJson& document);

  /// What changing one of these values changes: the settings of nodes that refer to it, each with the part of `value`
  /// it takes. `path`: from "let" on, without it. Reports at `mark` if nothing refers to it.
  std::vector<std::pair<Setting, Json>> places_of(Reading& reading, const Setting& path, const Json& value,
                                                  Mark mark) const;

  /// Values that nothing refers to, with their places.
  std::vector<std::pair<std::string, Mark>> unused() const;

 private:
  using Steps = std::vector<Setting::Step>;
  struct Site {
    Steps let;  ///< what is referred to
    std::string node;
    Steps steps;  ///< where, from the node's object
    Json own;     ///< what stands beside the reference, its own references replaced
  };

  bool walk(Reading& reading, Json& value, Marks& marks, Site& here);
  bool enter(Reading& reading, const std::string& text, Mark mark, Json& value, Marks& marks, Site& here);
  bool change(Reading& reading, MarkedJson own, Json& value, Marks& marks);

  MarkedJson all_;
  std::set<std::string> used_;  ///< names that were referred to, by others of them too
  std::vector<Site> sites_;
  std::vector<std::string> open_;  ///< references being replaced: one that names itself has no end
};

}  // namespace retort
