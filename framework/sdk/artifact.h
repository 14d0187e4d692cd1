#pragma once
// Ports as a plugin sees them. An artifact is immutable: some named files and a small JSON, `meta`.
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/checked_name.h"
#include "core/plugin_spec.h"
#include "sdk/output_file.h"

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
  /// The file of this name, to be written from front to back; what cannot be written throws Error(store). Each name
  /// once; '/' makes folders.
  OutputFile& file(const FileName& name);
  /// A file that is there already, copied. Throws Error(data) if it cannot be read, Error(store).
  void copy(const FileName& name, const std::filesystem::path& from);
  /// The same for a finished file of this node's own, of a checkpoint: without a second copy of its bytes where the
  /// file system can.
  void link(const FileName& name, const std::filesystem::path& from);
  /// Facts that consumers read before they open a file.
  Json meta = Json::object();

  void open(std::filesystem::path folder);                          ///< [engine]
  const std::vector<std::string>& names() const { return names_; }  ///< [engine]
  const std::filesystem::path& folder() const { return folder_; }   ///< [engine]
  /// Closes what the node left open. Throws what a file could not take, whatever the node made of it.  [engine]
  const std::vector<WrittenFile>& finish();

 private:
  std::filesystem::path place(const FileName& name);

  std::filesystem::path folder_;
  std::vector<std::string> names_;
  std::set<std::string> taken_;
  std::vector<std::pair<std::string, std::unique_ptr<OutputFile>>> open_;
  std::vector<WrittenFile> written_;
};

}  // namespace retort
