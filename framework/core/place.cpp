#include "core/place.h"

namespace retort {

std::string to_string(const Place& place) {
  if (!place.origin.empty()) return place.origin;
  if (place.line == 0) return place.file;
  return place.file.text() + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

}  // namespace retort
