#pragma once
// Reads a few members of JSON that this program wrote and whose checksum was found right, without building the rest of
// it. It does not check grammar: what it does not understand ends the walk with false.
#include <optional>
#include <string>
#include <string_view>

namespace retort {

class JsonSkim {
 public:
  /// Of the object or list that `text` begins with.
  explicit JsonSkim(std::string_view text);

  /// Goes to the next member or element; false at the end and where the text is not understood.
  bool next();
  std::string_view name() const { return name_; }    ///< of a member, as written (escapes and all)
  std::string_view value() const { return value_; }  ///< raw text of the value
  bool ok() const { return ok_; }                    ///< whether everything was understood so far

  /// The string that a raw value holds; nothing if it is no string.
  static std::optional<std::string> text(std::string_view raw);

 private:
  bool fail();
  void skip_spaces();
  std::string_view take_string();  ///< with its quotes; empty if there is none
  std::string_view take_value();

  std::string_view rest_, name_, value_;
  bool object_ = false, first_ = true, ok_ = true;
};

}  // namespace retort
