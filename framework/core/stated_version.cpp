#include "core/stated_version.h"

namespace retort {

int stated_version(const Json& file, const char* name) {
  if (!file.is_object()) return 0;
  const auto found = file.find(name);
  return found != file.end() && found->is_number_integer() ? found->get<int>() : 0;
}

}  // namespace retort
