#pragma once
// A text of which there are few and of whose copies there are many (names of files, where values came from): equal ones
// share one string, which lives as long as the process.
#include <string>
#include <string_view>

namespace retort {

class Interned {
 public:
  Interned();
  Interned(std::string_view text);  // NOLINT: stands for the text itself, as std::string does
  Interned(const std::string& text) : Interned(std::string_view(text)) {}
  Interned(const char* text) : Interned(std::string_view(text)) {}

  const std::string& text() const { return *text_; }
  operator const std::string&() const { return *text_; }
  bool empty() const { return text_->empty(); }
  friend bool operator==(Interned a, Interned b) { return a.text_ == b.text_; }

 private:
  const std::string* text_;
};

}  // namespace retort
