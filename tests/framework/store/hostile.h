#pragma once
// Records as somebody else might write them: any field changed, the checksum right again.
#include <functional>
#include <string>

#include "core/digest.h"
#include "store/record.h"

namespace retort::test {

/// The text of the record with `edit` done to its JSON.
inline std::string forged(const Record& record, const std::function<void(Json&)>& edit) {
  const std::string text = to_text(record);
  Json json = Json::parse(text.substr(0, text.find('\n')));
  edit(json);
  const std::string line = json.dump() + "\n";
  return line + "sha256 " + sha256_hex(line) + "\n";
}

/// JSON nested so deep that what follows it by recursion has no stack left.
inline std::string deep(size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

}  // namespace retort::test
