#pragma once
// JSON that somebody else may have written, or damaged: parsed within bounds, and looked at without trusting any type.
#include <cstdint>
#include <string>
#include <string_view>

#include "core/plugin_spec.h"

namespace retort {

/// Levels that anything this program writes or reads may have: some of what JSON is used with goes as deep as its text.
inline constexpr size_t kDeepestData = 100;

/// Null where the text is no JSON or has more levels.
Json parsed_json(std::string_view text);
/// Whether brackets outside of strings go no deeper; a matter of one pass over the text.
bool is_shallow(std::string_view text, size_t most = kDeepestData);

/// What stands under `name` if it is of that type, else what is given instead; of what is no object, that.
std::string text_in(const Json& json, const char* name, const std::string& instead = "");
double number_in(const Json& json, const char* name, double instead = 0);
int64_t whole_in(const Json& json, const char* name, int64_t instead = 0);
/// Empty where there is none.
const Json& object_in(const Json& json, const char* name);
const Json& list_in(const Json& json, const char* name);

/// What one field of a format may be.
struct FieldRule {
  enum Type { text, number, whole, count, flag, object, list, key, any };
  const char* name;
  Type type;
  bool required = false;
};
/// In words what is wrong with an object by these rules ("seconds" is "x", must be a number); empty if nothing is.
/// Fields that no rule names are not looked at: a later version may have added them. `key`: a SHA-256 or "".
std::string problem_with(const Json& json, std::initializer_list<FieldRule> rules);

}  // namespace retort
