#include "store/archive.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <set>

#include "core/digest.h"
#include "core/file_trouble.h"
#include "core/files.h"
#include "core/hex.h"
#include "core/sealed_text.h"
#include "core/stated_version.h"
#include "core/system_text.h"
#include "core/tar.h"
#include "core/tar_writer.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr int kArchiveFormat = 1;
constexpr const char* kHead = "retort-archive";
constexpr size_t kPiece = 1 << 20;

std::vector<StoredFile> objects_of(const Record& record) {
  std::map<std::string, StoredFile> objects;
  for (const auto& [port, output] : record.outputs)
    for (const auto& file : output.files)
      if (!file.inlined) objects[file.digest] = file;
  std::vector<StoredFile> list;
  for (auto& [digest, file] : objects) list.push_back(std::move(file));
  return list;
}

/// "objects/<sha256>" → the digest; empty if the name is not of this form.
std::string hex_after(const std::string& name, const std::string& folder) {
  if (name.rfind(folder + "/", 0) != 0) return "";
  const std::string hex = name.substr(folder.size() + 1);
  return is_sha256(hex) ? hex : "";
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
  std::map<std::string, TarEntry> objects;  ///< by digest
};

void check_head(const Tar& tar) {
  if (tar.entries().empty() || tar.entries()[0].name != kHead)
    throw Error(ErrorKind::data, tar.path().string() + " is no archive of results: it does not begin with " + kHead);
  const std::string bytes = tar.read(tar.entries()[0]);
  const auto text = unsealed(bytes);
  const Json json = text ? Json::parse(*text, nullptr, /*allow_exceptions=*/false) : Json();
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
    if (const std::string digest = hex_after(entry.name, "objects"); !digest.empty() && !entry.folder) {
      contents.objects[digest] = entry;
    } else if (!hex_after(entry.name, "results").empty() && !entry.folder) {
      contents.records.push_back(entry);
    } else {
      throw Error(ErrorKind::data, tar.path().string() + ": holds " + Json(entry.name).dump() +
                                       ", which is neither results/KEY nor objects/SHA-256; nothing was imported");
    }
  }
  return contents;
}

Record record_in(const Tar& tar, const TarEntry& entry) {
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
  const fs::path file = scratch / wanted.digest;
  Sha256 digest;
  std::ofstream out(file, std::ios::binary);
  for (uint64_t at = 0; at < found->second.size; at += kPiece) {
    const std::string piece = tar.read(found->second, at, kPiece);
    digest.update(piece);
    out << piece;
  }
  out.close();
  if (!out) throw Error(ErrorKind::store, file_trouble("write", file, errno));
  if (const std::string hex = digest.hex(); hex != wanted.digest || found->second.size != wanted.size)
    throw Error(ErrorKind::data, "objects/" + wanted.digest + ": SHA-256 is " + hex);
  store.add_object(file, wanted.digest);
}

}  // namespace

void write_archive(const Store& store, const std::vector<Record>& records, const fs::path& file) {
  TarWriter tar(file);
  Json keys = Json::array();
  for (const auto& record : records) keys.push_back(record.key);
  tar.add(kHead, sealed(Json{{"retort_archive", kArchiveFormat}, {"results", keys}}.dump()));
  std::set<std::string> added;
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
