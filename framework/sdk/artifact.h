#pragma once
// Ports as a plugin sees them. An artifact is immutable: some named files and a small JSON, `meta`.
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/plugin_spec.h"

namespace retort {

/// An artifact to read. Its files were verified against their digests before the plugin sees them.
struct Artifact {
  std::string kind;                                    ///< dataset, encoder, classifier, images, …
  std::string digest;                                  ///< of all files and the meta together
  Json meta;                                           ///< small facts, in the layout the kind documents
  std::map<std::string, std::filesystem::path> files;  ///< name → where it can be read

  /// Where the named file is; throws Error(data) naming the artifact's kind and the files it has.
  const std::filesystem::path& file(const std::string& name) const;
};

/// An input port: none (optional), one, or several artifacts.
class Input {
 public:
  bool present() const { return !artifacts_.empty(); }
  size_t size() const { return artifacts_.size(); }
  const Artifact& operator*() const { return artifacts_.at(0); }
  const Artifact* operator->() const { return &artifacts_.at(0); }
  const Artifact& operator[](size_t index) const { return artifacts_.at(index); }
  auto begin() const { return artifacts_.begin(); }
  auto end() const { return artifacts_.end(); }
  void set(std::vector<Artifact> artifacts) { artifacts_ = std::move(artifacts); }  ///< [engine]

 private:
  std::vector<Artifact> artifacts_;
};

/// An output port: files are written into a scratch folder; the engine publishes them when `run` returns.
class Output {
 public:
  /// Where to write the file of this name; the folder exists from the first call on. Each name once.
  std::filesystem::path file(const std::string& name);
  /// Facts that consumers read before they open a file.
  Json meta = Json::object();

  void open(std::filesystem::path folder) { folder_ = std::move(folder), names_.clear(); }  ///< [engine]
  const std::vector<std::string>& names() const { return names_; }                          ///< [engine]
  const std::filesystem::path& folder() const { return folder_; }                           ///< [engine]

 private:
  std::filesystem::path folder_;
  std::vector<std::string> names_;
};

}  // namespace retort
