#pragma once
// A plan in which nothing had to run, kept in one file that is mapped, not parsed, so that the same command learns in
// milliseconds that this is still so. It names all that was looked at to make the plan; each of it is looked at again,
// by its stamp where that may be believed. Only a shortcut: absent, damaged, of another format or no longer true, it is
// ignored and the plan is made anew. Format in framework/docs/formats.md, *Kept plan*.
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/file_stamp.h"
#include "core/packed.h"
#include "plan/folder_watch.h"
#include "store/store.h"

namespace retort {

/// What a plan without work was made of, and what is said about it.
struct FinishedPlan {
  struct Result {
    std::string key, sum;  ///< sum: the checksum of its record
  };
  struct Object {
    std::string digest;
    uint64_t size;
  };
  SeenFiles files;    ///< graph, includes, manifests, sources
  SeenFiles folders;  ///< whose lists of files mattered: of plugins, of sources
  FolderStamps result_folders, object_folders;
  std::vector<Result> results;
  std::vector<Object> objects;
  std::string title, tables, last_node;
  std::string graph, nodes,
      command,      ///< texts a run keeps: the graph as resolved, the nodes of its first event, its words,
      tables_json;  ///< and its tables as JSON; empty without
  uint64_t hits = 0, unneeded = 0, cells = 1;
};

class KeptPlan {
 public:
  /// `identity`: of everything else a plan depends on (words of the command, environment, this program).
  static std::unique_ptr<KeptPlan> open(const Store& store, const std::string& identity);
  /// A store that cannot be written is no error: the next command only takes longer.
  static void keep(const Store& store, const std::string& identity, FinishedPlan plan) noexcept;
  KeptPlan(const KeptPlan&) = delete;
  KeptPlan& operator=(const KeptPlan&) = delete;

  /// Whether nothing has to run still. What is written down is brought up to date with what was seen.
  bool holds();

  std::string_view title() const { return title_; }
  std::string_view tables() const { return tables_; }  ///< as `run` prints them, and what it says below
  bool has_tables() const { return !tables_json_.empty(); }
  std::string_view last_node() const { return last_node_; }  ///< by name, in topological order
  uint64_t hits() const { return hits_; }
  uint64_t unneeded() const { return unneeded_; }
  uint64_t cells() const { return cells_; }  ///< of the sweep
  std::string_view nodes_digest() const { return nodes_; }

  /// Puts the graph as resolved, the nodes, the command and the tables, if there are any, into a run's folder under
  /// these names; false if they are gone.
  bool put_graph(const std::filesystem::path& file) const { return put(graph_, file); }
  bool put_nodes(const std::filesystem::path& file) const { return put(nodes_, file); }
  bool put_command(const std::filesystem::path& file) const { return put(command_, file); }
  bool put_tables(const std::filesystem::path& file) const { return tables_json_.empty() || put(tables_json_, file); }

 private:
  struct Watched {
    const char* path;
    SeenFile seen;
    size_t at;  ///< where its stamp lies in the file
  };
  struct Folder {
    SeenFile seen;
    size_t at;
  };
  using Folders = std::array<std::optional<Folder>, 256>;
  struct Entry;

  KeptPlan(const Store& store, std::filesystem::path file);
  bool read();
  bool file_holds(const Watched& file);
  template <class Holds>
  bool folders_hold(const Folders& folders, const std::string& place, const Entry* entries, size_t count, Holds holds);
  void learn(size_t at, const FileStamp& stamp, int64_t read);
  void save_learned() noexcept;
  bool put(std::string_view digest, const std::filesystem::path& file) const;

  const Store& store_;
  std::filesystem::path file_;
  MappedFile mapped_;
  std::vector<Watched> files_, folders_;
  Folders result_folders_, object_folders_;
  const Entry *results_ = nullptr, *objects_ = nullptr;
  size_t result_count_ = 0, object_count_ = 0;
  std::string_view title_, tables_, last_node_, graph_, nodes_, command_, tables_json_;
  uint64_t hits_ = 0, unneeded_ = 0, cells_ = 1;
  std::string learned_;  ///< the file with newer stamps; empty until one was learned
};

}  // namespace retort
