#pragma once
// What an artifact was made of, by digest. Labels fit the images they are of, experts the data they were trained on:
// that two sets have the same size says nothing. A writer states it, and whoever brings the two together compares.
#include <string>

#include "sdk/artifact.h"

namespace retort {

/// Puts {"made_of": {what: DIGEST}} into the output's meta ("images", "data"), beside what is there already.
void state_made_of(Output& output, const std::string& what, const Artifact& artifact);

/// Throws Error(user) unless `made` ("the labels") was made of `given`, by digest: says whose images or data it was
/// made of, what is given, and the `advice`.
void check_made_of(const Artifact& made, const std::string& called, const std::string& what, const Artifact& given,
                   const std::string& advice);

}  // namespace retort
