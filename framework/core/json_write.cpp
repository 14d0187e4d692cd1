#include "core/json_write.h"

#include <algorithm>

#include "core/plugin_spec.h"

namespace retort {

void append_json(std::string& out, std::string_view text) {
  const auto plain = [](char c) { return c >= ' ' && c < 127 && c != '"' && c != '\\'; };
  if (std::all_of(text.begin(), text.end(), plain)) {
    out.append(1, '"').append(text).append(1, '"');
  } else {
    out += Json(text).dump();
  }
}

}  // namespace retort
