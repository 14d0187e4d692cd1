#pragma once
// Names that come from files and become parts of paths. Each kind is a type of its own that can only be made of text
// that fits: whoever takes one (the place of a record, the file of an export) need not look. What was read from a
// record, a log, a manifest or an archive becomes such a name where it is read, or is refused there.
#include <compare>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/error.h"

namespace retort {

/// `Rule::problem_with(text)` says in words what is wrong with it; empty if nothing is.
template <class Rule>
class CheckedName {
 public:
  CheckedName() = default;  ///< names nothing
  /// Throws Error(data) with what is wrong.
  CheckedName(std::string text) : text_(std::move(text)) {
    if (auto problem = Rule::problem_with(text_); !problem.empty()) throw Error(ErrorKind::data, std::move(problem));
  }
  CheckedName(const char* text) : CheckedName(std::string(text)) {}
  /// Nothing where the text does not fit.
  static std::optional<CheckedName> read(std::string text) {
    if (!Rule::problem_with(text).empty()) return std::nullopt;
    CheckedName name;
    name.text_ = std::move(text);
    return name;
  }

  const std::string& text() const { return text_; }
  operator const std::string&() const { return text_; }
  bool empty() const { return text_.empty(); }
  size_t size() const { return text_.size(); }
  const char* c_str() const { return text_.c_str(); }
  std::string substr(size_t from, size_t count = std::string::npos) const { return text_.substr(from, count); }

  friend bool operator==(const CheckedName& a, const CheckedName& b) { return a.text_ == b.text_; }
  friend auto operator<=>(const CheckedName& a, const CheckedName& b) { return a.text_ <=> b.text_; }
  template <class Text>
    requires std::is_convertible_v<const Text&, std::string_view>
  friend bool operator==(const CheckedName& a, const Text& b) {
    return a.text_ == std::string_view(b);
  }
  template <class Text>
    requires std::is_convertible_v<const Text&, std::string_view>
  friend auto operator<=>(const CheckedName& a, const Text& b) {
    return std::string_view(a.text_) <=> std::string_view(b);
  }
  friend std::string operator+(const CheckedName& a, std::string_view b) { return std::string(a.text_).append(b); }
  friend std::string operator+(std::string_view a, const CheckedName& b) { return std::string(a).append(b.text_); }
  friend std::ostream& operator<<(std::ostream& out, const CheckedName& name) { return out << name.text_; }

 private:
  std::string text_;
};

/// A SHA-256 in lower-case hexadecimal: what a result or an object is kept under.
struct KeyRule {
  static std::string problem_with(std::string_view text);
};
/// A letter or _, then letters, digits, _, - and single dots; at most 100.
struct PortNameRule {
  static std::string problem_with(std::string_view text);
};
/// A relative path that stays below the folder it is put in: parts of at most 255 bytes with one '/' between them, none
/// of them "." or "..", no control characters; at most 1,000 bytes.
struct FileNameRule {
  static std::string problem_with(std::string_view text);
};
/// Letters, digits, _, - and dots, the first of them no dot; at most 100.
struct RunIdRule {
  static std::string problem_with(std::string_view text);
};

using Key = CheckedName<KeyRule>;
using PortName = CheckedName<PortNameRule>;
using FileName = CheckedName<FileNameRule>;
using RunId = CheckedName<RunIdRule>;

}  // namespace retort
