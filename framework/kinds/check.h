#pragma once
// Whether an artifact keeps the contract of its kind.
#include <string>
#include <vector>

#include "kinds/kind.h"

namespace retort {

/// Who made the artifact decides what may be asked of it.
enum class MadeBy {
  this_version,   ///< a node that ended just now: everything
  other_version,  ///< a result in an archive: all but what is written only `since` some version
  store           ///< what is there: the same; what this version does not know is left to its readers
};

/// Names of an artifact's files, stored or just written.
template <class Files>
std::vector<std::string> names_of(const Files& files) {
  std::vector<std::string> names;
  for (const auto& file : files) names.emplace_back(file.name);
  return names;
}

/// Each breach as one line, "images: meta \"per_clas\" is not known; did you mean \"per_class\"?". None for a kind
/// without a contract.
std::vector<std::string> breaches_of(const std::string& kind, const Json& meta, const std::vector<std::string>& files,
                                     MadeBy made_by);

}  // namespace retort
