#include "cli/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "core/printable.h"
#include "log/log.h"
#include "sched/job.h"

namespace retort {

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> parts;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    if (end > at) parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

namespace {

bool prints_json(const CLI::App& app) {
  const auto* flag = app.get_option_no_throw("--json");
  const auto* format = app.get_option_no_throw("--format");
  return (flag && flag->count() > 0) || (format && format->count() > 0 && format->results().back() == "json");
}

/// The command as a shell would take it again.
std::string as_typed(std::string line, const Words& words) {
  for (const auto& word : words) line += " " + shell_word(word);
  return line;
}

}  // namespace

struct Options::Parser {
  CLI::App app;
  bool verbose = false;
};

Options::Options(const std::string& name, const std::string& summary, const std::string& more)
    : parser_(std::make_unique<Parser>()) {
  parser_->app.description(summary);
  parser_->app.name("retort " + name);
  parser_->app.footer(more);
  parser_->app.add_flag("--verbose", parser_->verbose,
                        "say on error output what is done meanwhile; RETORT_LOG says it by level and part");
}

Options::~Options() = default;

void Options::argument(const std::string& name, std::string& value, const std::string& help, bool required) {
  auto* option = parser_->app.add_option(name, value, help);
  if (required) option->required();
}
void Options::arguments(const std::string& name, std::vector<std::string>& values, const std::string& help) {
  parser_->app.add_option(name, values, help);
}
void Options::value(const std::string& name, std::string& value, const std::string& help) {
  parser_->app.add_option(name, value, help);
}
void Options::value(const std::string& name, size_t& value, const std::string& help) {
  parser_->app.add_option(name, value, help);
}
void Options::list(const std::string& name, std::vector<std::string>& values, const std::string& help) {
  // One value an occurrence: otherwise the option would swallow the arguments behind it.
  parser_->app.add_option(name, values, help)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}
void Options::flag(const std::string& name, bool& value, const std::string& help) {
  parser_->app.add_flag(name, value, help);
}

std::optional<int> Options::parse(const Words& words) {
  if (!words.empty() && words.back() == kComplete) {  // after whatever was typed so far
    for (const auto* option : parser_->app.get_options())
      for (const auto& name : option->get_lnames()) std::cout << "--" << name << '\n';
    return kDone;
  }
  try {
    std::vector<std::string> reversed(words.rbegin(), words.rend());  // what the parser expects
    parser_->app.parse(reversed);
    if (parser_->verbose) log_verbosely();
    if (logs(LogLevel::debug, "command")) log(LogLevel::debug, "command", as_typed(parser_->app.get_name(), words));
    if (prints_json(parser_->app)) expect_json(std::cout);
    return std::nullopt;
  } catch (const CLI::CallForHelp&) {
    std::cout << parser_->app.help();
    return kDone;
  } catch (const CLI::ParseError& error) {
    std::cerr << parser_->app.get_name() << ": " << error.what() << "\n"
              << parser_->app.get_name() << " --help shows how it is used\n";
    return kUsage;
  }
}

}  // namespace retort
