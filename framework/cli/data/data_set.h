#pragma once
// What datasets/NAME.json says about a data set: where it comes from, what its files must be, where they go.
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace retort {

/// One file to download. Format in framework/README.md, *Files*.
struct DataSource {
  std::string url;  ///< empty: people must get it themselves from `page`
  std::string page, note;
  std::string file;                           ///< its name
  std::string sha256;                         ///< empty if nobody published it
  uint64_t bytes = 0;                         ///< its size; 0 if nobody published it
  std::string unpack;                         ///< "tar.gz", "tar", "zip", or "" for a file that is used as it is
  std::map<std::string, std::string> others;  ///< files taken for it by mistake: SHA-256 → what they are
  std::map<std::string, std::string> files;   ///< of the unpacked folder: name → SHA-256
};

struct DataSet {
  std::string name, title, terms;
  std::filesystem::path folder;  ///< absolute, below the data folder
  std::vector<DataSource> sources;

  bool is_here() const;
};

/// All of them, by name. Throws Error(data) for a manifest that cannot be read.
std::vector<DataSet> data_sets();
/// Throws Error(user) with the nearest name.
DataSet find_data_set(const std::string& name);

}  // namespace retort
