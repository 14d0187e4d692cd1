#include "sdk/made_of.h"

#include "core/error.h"

namespace retort {
namespace {

constexpr const char* kField = "made_of";
constexpr size_t kShown = 12;  // digits of a digest, as everywhere

}  // namespace

void state_made_of(Output& output, const std::string& what, const Artifact& artifact) {
  output.meta[kField][what] = artifact.digest;
}

void check_made_of(const Artifact& made, const std::string& called, const std::string& what, const Artifact& given,
                   const std::string& advice) {
  const Json::json_pointer place = Json::json_pointer("/" + std::string(kField)) / what;
  if (!made.meta.is_object() || !made.meta.contains(place) || !made.meta.at(place).is_string())
    throw Error(ErrorKind::user, called + " do not say which " + what + " they were made of; an earlier version made " +
                                     "them, or another program: make them again");
  const std::string digest = made.meta.at(place);
  if (digest == given.digest) return;
  throw Error(ErrorKind::user, called + " were made of other " + what + " (digest " + digest.substr(0, kShown) +
                                   ") than these (" + given.digest.substr(0, kShown) + "): " + advice);
}

}  // namespace retort
