#pragma once
// Options of one subcommand: declared, parsed, explained by --help. Keeps the option parser out of every other file.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"

namespace retort {

/// "a,b" → a, b.
std::vector<std::string> split_list(const std::string& text);

class Options {
 public:
  /// `name`: "run"; `summary`: what it does, one sentence for --help; `more`: further lines under it.
  Options(const std::string& name, const std::string& summary, const std::string& more = "");
  ~Options();

  void argument(const std::string& name, std::string& value, const std::string& help, bool required = true);
  void arguments(const std::string& name, std::vector<std::string>& values, const std::string& help);
  void value(const std::string& name, std::string& value, const std::string& help);
  void value(const std::string& name, size_t& value, const std::string& help);
  void list(const std::string& name, std::vector<std::string>& values, const std::string& help);  ///< may be repeated
  void flag(const std::string& name, bool& value, const std::string& help);

  /// Nothing if the command shall go on; else the exit code, after --help (0) or a mistake (2) was printed.
  std::optional<int> parse(const Words& words);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace retort
