#include "core/checked_name.h"

#include <algorithm>

#include "core/hex.h"
#include "core/plugin_spec.h"

namespace retort {
namespace {

constexpr size_t kLongestName = 100, kLongestPart = 255, kLongestPath = 1000;
constexpr size_t kShown = 80;

/// As it may be shown: quoted and escaped, not too long.
std::string shown(std::string_view text) {
  const std::string out =
      Json(text.substr(0, kShown)).dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
  return text.size() > kShown ? out + "..." : out;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-'; }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool is_utf8(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; })) return true;
  try {
    static_cast<void>(Json(text).dump());
    return true;
  } catch (const Json::type_error&) {
    return false;
  }
}

bool is_plain(std::string_view text) {
  return text.size() <= kLongestName &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_word(c) || c == '.'; });
}

std::string problem_with_part(std::string_view part) {
  if (part.empty()) return "has an empty part";
  if (part == "." || part == "..") return "leads out of its folder";
  return part.size() > kLongestPart ? "has a part longer than " + std::to_string(kLongestPart) + " bytes" : "";
}

std::string problem_with_path(std::string_view path) {
  if (path.empty()) return "is empty";
  if (path.front() == '/') return "leads out of its folder";
  if (path.size() > kLongestPath) return "is longer than " + std::to_string(kLongestPath) + " bytes";
  if (std::any_of(path.begin(), path.end(), is_control)) return "has a control character";
  if (!is_utf8(path)) return "is not UTF-8";
  for (size_t from = 0; from <= path.size();) {
    const size_t end = std::min(path.find('/', from), path.size());
    if (auto problem = problem_with_part(path.substr(from, end - from)); !problem.empty()) return problem;
    from = end + 1;
  }
  return "";
}

}  // namespace

std::string KeyRule::problem_with(std::string_view text) {
  return is_sha256(text) ? "" : shown(text) + " is no SHA-256 in hexadecimal";
}

std::string PortNameRule::problem_with(std::string_view text) {
  const bool good = is_plain(text) && !text.empty() && (is_letter(text[0]) || text[0] == '_') &&
                    text.find("..") == std::string_view::npos;
  return good ? "" : shown(text) + " is no name of a port: a letter, then letters, digits, _, - and .";
}

std::string FileNameRule::problem_with(std::string_view text) {
  const std::string problem = problem_with_path(text);
  return problem.empty() ? "" : "the file name " + shown(text) + " " + problem;
}

std::string RunIdRule::problem_with(std::string_view text) {
  const bool good = is_plain(text) && !text.empty() && text[0] != '.';
  return good ? "" : shown(text) + " is no id of a run";
}

}  // namespace retort
