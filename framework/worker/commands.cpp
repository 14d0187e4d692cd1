#include "worker/commands.h"

#include <array>

#include "core/error.h"
#include "core/files.h"
#include "core/plugin_spec.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

bool starts_with(const std::string& text, std::string_view prefix) { return text.rfind(prefix, 0) == 0; }

fs::path absolute_in(const fs::path& folder, const std::string& path) { return (folder / path).lexically_normal(); }

/// Reads one command; returns the object it writes.
fs::path read_command(const std::vector<std::string>& words, const fs::path& folder, Compilation& compilation) {
  fs::path object;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    // "-Ifoo" and "-I foo" are the same.
    const auto value = [&](size_t option) { return word.size() > option ? word.substr(option) : words.at(++i); };
    if (i + 1 == words.size() && (word == "-o" || word == "-I" || word == "-D" || word == "-isystem")) break;
    if (word == "-o") {
      object = absolute_in(folder, value(2));
    } else if (starts_with(word, "-I")) {
      compilation.folders.push_back(absolute_in(folder, value(2)));
    } else if (starts_with(word, "-isystem")) {
      compilation.system.push_back(absolute_in(folder, value(8)));
    } else if (starts_with(word, "-D")) {
      const std::string macro = value(2);
      const size_t equals = macro.find('=');
      compilation.macros[macro.substr(0, equals)] = equals == std::string::npos ? "" : macro.substr(equals + 1);
    } else if (starts_with(word, "-U")) {
      compilation.macros.erase(value(2));
    } else if (changes_arithmetic(word)) {
      compilation.arithmetic.push_back(word);
    }
  }
  return object;
}

}  // namespace

std::vector<std::string> shell_words(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  bool inside = false;
  char quote = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '\\' && quote != '\'' && i + 1 < line.size()) {
      word += line[++i];
      inside = true;
    } else if (quote != 0 ? c == quote : (c == '"' || c == '\'')) {
      quote = quote != 0 ? '\0' : c;
      inside = true;
    } else if (quote == 0 && (c == ' ' || c == '\t' || c == '\n')) {
      if (inside) words.push_back(word);
      word.clear();
      inside = false;
    } else {
      word += c;
      inside = true;
    }
  }
  if (inside) words.push_back(word);
  return words;
}

bool changes_arithmetic(const std::string& option) {
  static constexpr std::array kOptions = {"-Ofast",
                                          "-ffast-math",
                                          "-fno-fast-math",
                                          "-funsafe-math",
                                          "-fno-unsafe-math",
                                          "-fassociative",
                                          "-fno-associative",
                                          "-freciprocal",
                                          "-fno-reciprocal",
                                          "-ffinite-math",
                                          "-fno-finite-math",
                                          "-fsigned-zeros",
                                          "-fno-signed-zeros",
                                          "-ftrapping-math",
                                          "-fno-trapping-math",
                                          "-frounding-math",
                                          "-fno-rounding-math",
                                          "-ffp-",
                                          "-fexcess-precision",
                                          "-fsingle-precision",
                                          "-fcx-",
                                          "-fdenormal",
                                          "-fopenmp",
                                          "-fwrapv",
                                          "-fno-wrapv",
                                          "-fsigned-char",
                                          "-funsigned-char",
                                          "-fassume",
                                          "-mdaz-ftz",
                                          "-march=",
                                          "-mcpu=",
                                          "-mfpmath=",
                                          "-mavx",
                                          "-mno-avx",
                                          "-mfma",
                                          "-mno-fma",
                                          "-msse",
                                          "-mno-sse",
                                          "-mrecip",
                                          "-mf16c"};
  for (const char* known : kOptions)
    if (starts_with(option, known)) return true;
  return false;
}

Commands::Commands(const fs::path& file) : file_(file) {
  const Json all = Json::parse(read_file(file), nullptr, /*allow_exceptions=*/false);
  if (!all.is_array()) throw Error(ErrorKind::data, file.string() + " is no list of compile commands");
  for (const auto& one : all) {
    const auto text = [&](const char* field) { return one.value(field, Json()).is_string(); };
    if (!one.is_object() || !text("command") || !text("file") || !text("directory")) continue;
    const fs::path folder = one["directory"].get<std::string>();
    Compilation compilation;
    compilation.source = absolute_in(folder, one["file"].get<std::string>());
    const fs::path object = read_command(shell_words(one["command"].get<std::string>()), folder, compilation);
    by_object_[object.string()] = std::move(compilation);
  }
}

Compilation Commands::of(const fs::path& object) const {
  const fs::path path = fs::absolute(object).lexically_normal();
  const auto found = by_object_.find(path.string());
  if (found == by_object_.end())
    throw Error(ErrorKind::data, file_.string() + " has no command for " + path.string() + "; configure again");
  Compilation compilation = found->second;
  compilation.built = fs::last_write_time(path);
  return compilation;
}

}  // namespace retort
