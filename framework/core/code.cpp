#include "core/code.h"

#include <algorithm>
#include <set>

#include "core/build.h"
#include "core/digest.h"
#include "core/error.h"
#include "core/files.h"
#include "core/tokens.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

/// The folder of this path that holds Retort's headers: "…/framework" of its tree, "…/include/retort" installed.
bool holds_sdk(const fs::path& folder) { return fs::is_regular_file(folder / "sdk" / "node.h"); }

constexpr const char* kFlags = " flags";  // behind the name of a source: not a file, but how that was compiled

bool starts_with(const std::string& text, const char* prefix) { return text.rfind(prefix, 0) == 0; }
bool ends_with(const std::string& text, std::string_view end) {
  return text.size() > end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

class Closure {
 public:
  Closure(const Compilation& compilation, const fs::path& root)
      : compilation_(compilation), root_(fs::weakly_canonical(root)) {
    for (const auto& folder : compilation.folders) (holds_sdk(folder) ? sdk_ : folders_).push_back(folder);
    for (const auto& folder : compilation.system)
      if (holds_sdk(folder)) sdk_.push_back(folder);
    folders_.insert(folders_.end(), {root_ / "plugins" / "lib", root_});
    const fs::path source = fs::weakly_canonical(compilation.source);
    add(source, below_root(source));
    flags(below_root(source));
  }

  CodeFiles files;

 private:
  std::string below_root(const fs::path& path) const { return path.lexically_relative(root_).generic_string(); }

  void add(const fs::path& path, const std::string& name) {
    if (files.count(name)) return;
    const std::vector<std::string> tokens = tokens_of(read_file(path));
    files[name] = token_digest(tokens);
    refuse_if_newer(path);
    words_.insert(tokens.begin(), tokens.end());
    for (size_t i = 0; i + 2 < tokens.size(); ++i) {
      if (tokens[i] != "#" || tokens[i + 1] != "include") continue;
      std::string included;
      for (size_t j = i + 2; j < tokens.size() && tokens[j] != "\n"; ++j) included += tokens[j];
      if (included.size() > 2) follow(path, included.substr(1, included.size() - 2));
    }
  }

  /// What the compiler read and what is digested here must be one text.
  void refuse_if_newer(const fs::path& path) const {
    const auto written = fs::last_write_time(path);
    if (compilation_.built && written > *compilation_.built && written < fs::file_time_type::clock::now())
      throw Error(ErrorKind::data, path.string() + " changed after it was compiled; build again");
  }

  void follow(const fs::path& from, const std::string& included) {
    std::vector<fs::path> folders = {from.parent_path()};
    folders.insert(folders.end(), folders_.begin(), folders_.end());
    for (const auto& folder : folders) {
      const fs::path path = fs::weakly_canonical(folder / included);
      if (!fs::is_regular_file(path)) continue;
      if (is_sdk(path)) return;
      const std::string name = below_root(path);
      if (starts_with(name, "..")) continue;
      return add(path, name);
    }
    for (const auto& folder : sdk_)
      if (const fs::path path = fs::weakly_canonical(folder / included); fs::is_regular_file(path) && !is_sdk(path))
        return add(path, included);
  }

  bool is_sdk(const fs::path& path) const {
    if (starts_with(below_root(path), "framework/")) return true;
    for (const auto& folder : sdk_) {
      const std::string name = path.lexically_relative(fs::weakly_canonical(folder)).generic_string();
      for (const char* room : {"sdk/", "core/", "nlohmann/"})
        if (starts_with(name, room)) return true;
    }
    return false;
  }

  void flags(const std::string& source) {
    std::set<std::string> counted(compilation_.arithmetic.begin(), compilation_.arithmetic.end());
    for (const auto& [name, value] : compilation_.macros)
      if (words_.count(name)) counted.insert("-D" + name + (value.empty() ? "" : "=" + value));
    std::string text;
    for (const auto& flag : counted) text += (text.empty() ? "" : ",") + flag;
    std::replace_if(text.begin(), text.end(), [](char c) { return c == ' ' || c == '\n'; }, '_');
    if (!text.empty()) files[source + kFlags] = text;
  }

  const Compilation& compilation_;
  const fs::path root_;
  std::vector<fs::path> folders_, sdk_;
  std::set<std::string> words_;
};

}  // namespace

CodeFiles code_files(const Compilation& compilation, const fs::path& root) {
  return std::move(Closure(compilation, root).files);
}

std::string code_identity(const CodeFiles& files) {
  std::vector<std::string> digests;
  for (const auto& [name, digest] : files) {
    if (ends_with(name, kFlags)) continue;
    const auto flags = files.find(name + kFlags);
    digests.push_back(flags == files.end() ? digest : digest + " " + flags->second);
  }
  std::sort(digests.begin(), digests.end());
  std::string text = "sdk " + std::to_string(kSdkResults) + "\n";
  for (const auto& digest : digests) text += digest + "\n";
  return sha256_hex(text);
}

}  // namespace retort
