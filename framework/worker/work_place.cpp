#include "worker/work_place.h"

#include <map>
#include <memory>

namespace retort {
namespace {

std::map<std::string, std::unique_ptr<WorkPlace>>& all() {
  static auto& places = *new std::map<std::string, std::unique_ptr<WorkPlace>>;
  return places;
}

}  // namespace

WorkPlace& WorkPlace::at(const std::string& root) {
  auto& place = all()[root];
  if (!place) place.reset(new WorkPlace(root));
  return *place;
}

void WorkPlace::leave_all() noexcept {
  for (const auto& [root, place] : all())
    if (place) place->store_.drop_scratch(place->scratch_);
  all().clear();
}

std::filesystem::path WorkPlace::new_folder() { return scratch_ / std::to_string(++given_); }

}  // namespace retort
