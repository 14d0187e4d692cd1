#pragma once
// What the plans of one graph keep of records, in one file that is mapped (learned/records/), so that a plan of many
// thousand results looks at the stamp of each record file and opens none. An entry is believed while the file has its
// stamp and was at rest when it was read. Only a shortcut: absent or damaged, the records are read. Format in
// framework/docs/formats.md, *Kept records*.
#include <optional>
#include <string>
#include <vector>

#include "core/packed.h"
#include "store/store.h"

namespace retort {

class RecordShelf {
 public:
  /// `name`: of the graph; the store must outlive this.
  RecordShelf(const Store& store, const std::string& name);

  /// As Store::find with RecordParts::of_plan.
  std::optional<Record> find(const Key& key, std::string* damage);

  /// Puts down `records`, as far as `find` gave them, if many of them were not there yet. Those that changed within two
  /// seconds of being read are left out. A store that cannot be written is no error.
  void save(const std::vector<const Record*>& records) noexcept;

 private:
  struct Place;
  const Place* place_of(const Name& key) const;
  std::optional<Record> taken(const Place& place, const Key& key) const;

  const Store& store_;
  const std::filesystem::path file_;
  MappedFile mapped_;
  const Place* places_ = nullptr;  ///< sorted by key
  size_t count_ = 0;
  struct Fresh {
    Name key;
    FileStamp stamp;
    int64_t read;
  };
  std::vector<Fresh> fresh_;  ///< read from the records' own files
};

}  // namespace retort
