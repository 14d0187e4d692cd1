#include "store/archive.h"

#include <map>
#include <optional>
#include <set>

#include "core/digest.h"
#include "core/file_trouble.h"
#include "core/file_writer.h"
#include "core/files.h"
#include "core/json_read.h"
#include "core/sealed_text.h"
#include "core/stated_version.h"
#include "core/system_text.h"
#include "core/tar.h"
#include "core/tar_writer.h"
#include "kinds/check.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr int kArchiveFormat = 1;
constexpr const char* kHead = "retort-archive";
constexpr size_t kPiece = 1 << 20;

std::vector<StoredFile> objects_of(const Record& record) {
  std::map<Key, StoredFile> objects;
  for (const auto& [port, output] : record.outputs)
    for (const auto& file : output.files)
      if (!file.inlined) objects[file.digest] = file;
  std::vector<StoredFile> list;
  for (auto& [digest, file] : objects) list.push_back(std::move(file));
  return list;
}

/// "objects/<sha256>" → the digest; nothing if the name is not of this form.
std::optional<Key> key_after(const std::string& name, const std::string& folder) {
  return name.rfind(folder + "/", 0) == 0 ? Key::read(name.substr(folder.size() + 1)) : std::nullopt;
}

class Scratch {
 public:
  explicit Scratch(const Store& store) : store_(store), folder_(store.make_scratch()) {}
  ~Scratch() { store_.drop_scratch(folder_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const fs::path& folder() const { return folder_; }

 private:
  const Store& store_;
  fs::path folder_;
};

struct Contents {
  std::vector<TarEntry> records;
  std::map<Key, TarEntry> objects;  ///< by digest
};

void check_head(const Tar& tar) {
  if (tar.entries().empty() || tar.entries()[0].name != kHead)
    throw Error(ErrorKind::data, tar.path().string() + " is no archive of results: it does not begin with " + kHead);
  if (tar.entries()[0].size > kLongestText)
    throw Error(ErrorKind::data, tar.path().string() + ": " + kHead + " is longer than such a text can be");
  const std::string bytes = tar.read(tar.entries()[0]);
  const auto text = unsealed(bytes);
  const Json json = text ? parsed_json(*text) : Json();
  const int format = stated_version(json, "retort_archive");
  if (format < 1) throw Error(ErrorKind::data, tar.path().string() + ": " + kHead + " is damaged");
  if (format > kArchiveFormat)
    throw Error(ErrorKind::store, tar.path().string() + " has archive format " + std::to_string(format) +
                                      ", this retort reads " + std::to_string(kArchiveFormat) + "; use a newer retort");
}

Contents contents_of(const Tar& tar) {
  check_head(tar);
  Contents contents;
  for (size_t i = 1; i < tar.entries().size(); ++i) {
    const TarEntry& entry = tar.entries()[i];
    if (const auto digest = key_after(entry.name, "objects"); digest && !entry.folder) {
      contents.objects[*digest] = entry;
    } else if (key_after(entry.name, "results") && !entry.folder) {
      contents.records.push_back(entry);
    } else {
      throw Error(ErrorKind::data, tar.path().string() + ": holds " + Json(entry.name).dump() +
                                       ", which is neither results/KEY nor objects/SHA-256; nothing was imported");
    }
  }
  return contents;
}

Record record_in(const Tar& tar, const TarEntry& entry) {
  if (entry.size > kLongestText) throw Error(ErrorKind::data, entry.name + " is longer than a record can be");
  const Record record = [&] {
    try {
      return record_from_text(tar.read(entry), entry.name);
    } catch (const NewerRecord&) {
      throw;
    } catch (const Error& error) {
      throw Error(ErrorKind::data, error.what());
    }
  }();
  if ("results/" + record.key != entry.name)
    throw Error(ErrorKind::data, entry.name + ": the record belongs to key " + record.key);
  if (sha256_hex(record.key_text) != record.key)
    throw Error(ErrorKind::data, entry.name + ": the key is not the digest of the record's key text");
  for (const auto& [port, output] : record.outputs) {
    if (digest_of(output) != output.digest)
      throw Error(ErrorKind::data, entry.name + ": output " + port + " does not match its digest");
    if (const auto breaches = breaches_of(output.kind, output.meta, names_of(output.files), MadeBy::other_version);
        !breaches.empty())
      throw Error(ErrorKind::data, entry.name + " (" + record.type + "), output \"" + port + "\": " + breaches[0]);
    for (const auto& file : output.files)
      if (file.inlined && sha256_hex(file.text) != file.digest)
        throw Error(ErrorKind::data, entry.name + ": file " + file.name + " does not match its digest");
  }
  return record;
}

/// Copies the object out, checking it on the way, and puts it in place.
void take_object(const Store& store, const Tar& tar, const Contents& contents, const StoredFile& wanted,
                 const fs::path& scratch) {
  const auto found = contents.objects.find(wanted.digest);
  if (found == contents.objects.end()) throw Error(ErrorKind::data, "objects/" + wanted.digest + " is not in it");
  const fs::path file = scratch / wanted.digest.text();
  FileWriter out(file);
  for (uint64_t at = 0; at < found->second.size; at += kPiece) out.write(tar.read(found->second, at, kPiece));
  out.close();
  const WrittenFile written = out.written(wanted.digest);
  if (written.digest != wanted.digest || written.size != wanted.size)
    throw Error(ErrorKind::data, "objects/" + wanted.digest + ": SHA-256 is " + written.digest);
  store.add_object(file, wanted.digest);
}

}  // namespace

void write_archive(const Store& store, const std::vector<Record>& records, const fs::path& file) {
  TarWriter tar(file);
  Json keys = Json::array();
  for (const auto& record : records) keys.push_back(record.key.text());
  tar.add(kHead, sealed(Json{{"retort_archive", kArchiveFormat}, {"results", keys}}.dump()));
  std::set<Key> added;
  for (const auto& record : records) {
    for (const auto& object : objects_of(record))
      if (added.insert(object.digest).second)
        tar.add_file("objects/" + object.digest, store.verified(record, object, {}));
    tar.add("results/" + record.key, to_text(record));
  }
  tar.finish();
}

ImportReport read_archive(const Store& store, const fs::path& file) {
  const Tar tar(file);
  const Contents contents = contents_of(tar);
  ImportReport report;
  const Scratch scratch(store);
  for (const auto& entry : contents.records) {
    try {
      Record record = record_in(tar, entry);
      if (const auto here = store.find(record.key); here && here->from.empty() && store.missing(*here).empty()) {
        ++report.already;
        continue;
      }
      for (const auto& object : objects_of(record)) take_object(store, tar, contents, object, scratch.folder());
      record.about.erase("fence");  // of leases elsewhere: here it would outrank those to come
      record.about["imported"] = text_of(fs::absolute(file).string());
      store.commit(record, /*sync=*/true);
      report.imported.push_back(std::move(record));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) throw;
      report.refused.push_back(error.what());
    }
  }
  return report;
}

}  // namespace retort
