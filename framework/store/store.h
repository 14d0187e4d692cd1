#pragma once
// Where results live: records, objects, checkpoints, runs. Any number of processes use one store at a time; there is no
// server and no global lock. Layout in framework/docs/formats.md, *Store*.
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/file_writer.h"
#include "store/record.h"
#include "store/trash.h"

namespace retort {

/// A stored file is missing or has other bytes than its record says. The result can be computed again.
class __attribute__((visibility("default"))) DamagedResult : public Error {
 public:
  DamagedResult(std::string key, const std::string& message) : Error(ErrorKind::data, message), key_(std::move(key)) {}
  const std::string& key() const { return key_; }  ///< of the damaged record

 private:
  std::string key_;
};

class Store {
 public:
  /// Opens, or creates where there is none; one of an older format is brought to this one. Throws Error(store) for one
  /// of a newer format, a folder that holds other things, or a place that cannot be made. A read-only store opens;
  /// writing to it fails then, with the reason. What is made in a store whose folder its group may write to can be used
  /// by the whole group, and is made with no link on the way (core/guarded_folder.h).
  static Store open(const std::filesystem::path& root);
  /// `option`, else `$RETORT_STORE`, else the nearest `.retort/` upward of `from`, else the user's data folder.
  static std::filesystem::path default_root(const std::string& option, const std::filesystem::path& from);

  const std::filesystem::path& root() const { return root_; }
  /// Stores of others in which results that are not here are looked for (settings.h). Nothing is ever written there,
  /// and parents of parents are not asked.
  const std::vector<Store>& parents() const { return parents_; }
  /// What opening found and mended, or goes on without: lines for people.
  const std::vector<std::string>& remarks() const { return remarks_; }

  /// The record of this key, its checksum verified; nothing if there is none. Looked for here, among what was collected
  /// lately (then it is put back), and in the parents. A damaged record is moved to trash/ and counts as absent;
  /// `damage` then says what was found. Only bytes that were read can be damaged: throws CannotRead where the system
  /// does not give them, and moves nothing.
  std::optional<Record> find(const Key& key, std::string* damage = nullptr, RecordParts parts = RecordParts::all) const;

  /// The same for what only explains and predicts: nothing where it cannot be read either, and never throws.
  std::optional<Record> peek(const std::string& key) const noexcept;

  /// Whether each file of the record is there with its size: cheap, no digest. Else what is wrong, in words. Throws
  /// CannotRead where the system does not say.
  std::string missing(const Record& record) const;

  /// Where the bytes of `file` can be read. Inlined files are written out to `scratch` first; another gets a second
  /// name there, where it can, so that it can be read to its end whatever is collected. Verifies the digest; throws
  /// DamagedResult naming record, file, the digest expected and the one found; the object is moved to trash/. Throws
  /// CannotRead where the bytes cannot be read.
  std::filesystem::path verified(const Record& record, const StoredFile& file,
                                 const std::filesystem::path& scratch) const;
  /// The bytes of a small file, verified.
  std::string read(const Record& record, const StoredFile& file) const;

  /// A fresh folder on the store's file system that dies with `drop_scratch`; this process holds a lock on it until
  /// then.
  std::filesystem::path make_scratch() const;
  void drop_scratch(const std::filesystem::path& folder) const noexcept;
  /// Removes scratch folders whose process died without dropping them.
  void sweep_scratch() const noexcept;

  /// Moves files of an output, as they were written, from scratch into objects/ (by rename) and describes them. Small
  /// text is inlined. Throws Error(internal) naming a file that is not there or has another size.
  StoredOutput add_output(const std::string& kind, const Json& meta, const std::filesystem::path& folder,
                          const std::vector<WrittenFile>& files) const;
  /// Moves one file, whose digest the caller took, into objects/. Throws Error(store).
  void add_object(const std::filesystem::path& from, const Key& digest) const;
  /// The commit: after this the result exists. `sync` for results that took over a second: objects first, then the
  /// record. The checkpoints of the key are gone afterwards. False if a later owner of the key (about.fence, of its
  /// lease) published meanwhile: then that record stays.
  bool commit(const Record& record, bool sync) const;
  /// Forgets a result whose objects are damaged: the record goes to trash/, one of a parent is believed no more.
  void remove(const Key& key) const;

  /// checkpoints/<key>/<fence>, for the owner of that fence; gone after commit. What the owner before left is in it;
  /// for that one, should it still be alive, there is no folder any more.
  std::filesystem::path checkpoint_folder(const Key& key, uint64_t fence) const;
  uint64_t newest_checkpoint_fence(const Key& key) const;  ///< 0 if there is none
  std::filesystem::path runs() const { return root_ / "runs"; }
  std::filesystem::path run(const RunId& id) const { return runs() / id.text(); }
  std::vector<Key> keys() const;     ///< of all records here, sorted; throws CannotRead
  std::vector<Key> objects() const;  ///< all that lie here, sorted; throws CannotRead

  std::filesystem::path record_file(const Key& key) const;
  std::filesystem::path object_file(const Key& digest) const;  ///< where it belongs here
  /// Where an object can be read: here, put back from what was collected, or in a parent. Empty if nowhere. Throws
  /// CannotRead where the system does not say.
  std::filesystem::path locate(const Key& digest) const;
  const Trash& trash() const { return trash_; }
  /// Moves a damaged file aside, where people can look at it. In a read-only store or a parent it stays.
  void to_trash(const std::filesystem::path& file) const noexcept;

 private:
  explicit Store(const std::filesystem::path& root);
  static std::optional<Store> open_parent(const std::filesystem::path& root, std::vector<std::string>& remarks);
  std::optional<Record> find_here(const Key& key, std::string* damage, RecordParts parts) const;
  std::vector<Key> names_below(const char* folder) const;
  /// What `look` says, which finds a file and then looks at it. Again if it was gone by then: a collection took it
  /// between, and it can be put back.
  static bool found(const std::function<bool()>& look);
  static void sync_path(const std::filesystem::path& path);

  std::filesystem::path root_;
  Trash trash_;
  std::vector<Store> parents_;
  std::vector<std::string> remarks_;
  std::shared_ptr<std::set<std::string>> distrusted_ = std::make_shared<std::set<std::string>>();  ///< keys
  bool is_parent_ = false;
};

}  // namespace retort
