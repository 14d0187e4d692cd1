#pragma once
// What is wrong with a user's input: every mistake of one pass, each with its place, what is wrong with the value
// shown, and the next step. Checking collects, then stops; nothing is warned about and continued.
#include <string>
#include <vector>

#include "core/place.h"
#include "core/plugin_spec.h"

namespace retort {

enum class Severity { error, warning };

struct Diagnostic {
  Place place;
  Severity severity = Severity::error;
  std::string message;  ///< one line
  std::string hint;     ///< the nearest valid name, or what to do next; may be empty or several lines
};

class Diagnostics {
 public:
  void error(Place place, std::string message, std::string hint = "");
  void warning(Place place, std::string message, std::string hint = "");

  bool has_errors() const { return errors_ > 0; }
  size_t errors() const { return errors_; }
  /// By file, line and column (origins such as `--set` after files), each message once a place.
  std::vector<Diagnostic> sorted() const;

 private:
  std::vector<Diagnostic> all_;
  size_t errors_ = 0;
};

/// graphs/a.json:31:21: error: …
///     did you mean …?
std::string to_string(const Diagnostic& diagnostic);
std::string to_string(const Diagnostics& diagnostics);

/// [{"file", "line", "column", "origin", "severity", "message", "hint"}], without what is empty.
Json to_json(const Diagnostics& diagnostics);

}  // namespace retort
