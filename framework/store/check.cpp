#include "store/check.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <random>
#include <set>

#include "core/digest.h"
#include "core/files.h"
#include "core/json_read.h"
#include "core/sealed_text.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

class Check {
 public:
  Check(const Store& store, double sample) : store_(store), sample_(sample) {}

  CheckReport run() {
    for (const auto& key : store_.keys()) check_record(key);
    for (const auto& [digest, users] : users_) check_object(digest);
    for (const auto& key : lost_) set_aside_result(key);
    count_orphans();
    check_aids("names");
    check_aids("sources");
    return std::move(report_);
  }

 private:
  void damaged(const fs::path& file, const std::string& what) {
    store_.to_trash(file);
    report_.damage.push_back({file.string() + ": " + what, ::access(file.c_str(), F_OK) != 0});
  }

  /// Nothing is known of it: it stays where it is, and so does what hangs on it.
  void unread(const CannotRead& error) {
    if (!error.is_absent()) report_.unread.push_back(error.what());
  }

  void check_record(const Key& key) {
    const fs::path file = store_.record_file(key);
    ++report_.records;
    try {
      Record record = record_from_text(read_file(file, ErrorKind::store, kLongestText), file.string());
      if (record.key != key) return damaged(file, "the record belongs to key " + record.key);
      if (sha256_hex(record.key_text) != key && !record.key_text.empty())
        return damaged(file, "the key is not the digest of the record's key text");
      for (const auto& [port, output] : record.outputs) check_output(key, port, output);
      names_[key] = text_in(record.about, "node") + " (" + record.type + "), " + key.substr(0, 12);
    } catch (const NewerRecord&) {
      throw;
    } catch (const CannotRead& error) {
      unread(error);
    } catch (const Error& error) {
      // Its text begins with the file.
      damaged(file, std::string(error.what()).substr(std::string(error.what()).find(": ") + 2));
      report_.again.push_back("unknown node, " + key.substr(0, 12));
    }
  }

  void check_output(const Key& key, const PortName& port, const StoredOutput& output) {
    bool bad = digest_of(output) != output.digest;
    for (const auto& file : output.files) {
      if (!file.inlined) users_[file.digest].push_back({key, file.size});
      bad = bad || (file.inlined && sha256_hex(file.text) != file.digest);
    }
    if (!bad) return;
    report_.damage.push_back(
        {store_.record_file(key).string() + ": output " + port + " does not match its digest", true});
    lost_.insert(key);
  }

  void check_object(const Key& digest) {
    ++report_.objects;
    try {
      compare(digest, store_.object_file(digest));
    } catch (const CannotRead& error) {
      unread(error);
    }
  }

  void compare(const Key& digest, const fs::path& file) {
    const auto& users = users_.at(digest);
    struct stat about = {};
    if (!is_there(file)) {
      if (store_.locate(digest).empty()) report_.damage.push_back({file.string() + ": is missing", true}), lose(digest);
      return;
    }
    if (::stat(file.c_str(), &about) != 0) throw CannotRead(ErrorKind::store, "look at", file, errno);
    const auto size = static_cast<uint64_t>(about.st_size);
    const bool whole = std::all_of(users.begin(), users.end(), [&](const User& user) { return user.size == size; });
    if (whole && std::uniform_real_distribution<double>(0, 1)(random_) >= sample_) return;
    const std::string found = sha256_file(file);
    ++report_.objects_read;
    report_.bytes_read += size;
    if (found == digest) return;
    damaged(file, "SHA-256 is " + found);
    lose(digest);
  }

  void lose(const Key& digest) {
    for (const auto& user : users_.at(digest)) lost_.insert(user.key);
  }

  void set_aside_result(const Key& key) {
    const fs::path file = store_.record_file(key);
    store_.to_trash(file);
    if (::access(file.c_str(), F_OK) == 0) report_.damage.back().set_aside = false;
    report_.again.push_back(names_.count(key) ? names_[key] : key.substr(0, 12));
  }

  void count_orphans() {
    if (!report_.unread.empty()) return;  // what an unread record names is not known
    for (const auto& digest : store_.objects()) {
      std::error_code none;
      if (users_.count(digest)) continue;
      ++report_.orphans;
      if (const auto size = fs::file_size(store_.object_file(digest), none); !none) report_.orphan_bytes += size;
    }
  }

  void check_aids(const std::string& folder) {
    for (const auto& name : names_in(store_.root() / folder))
      if (fs::path(name).extension() == ".json") check_aid(store_.root() / folder / name);
  }

  void check_aid(const fs::path& file) try {
    const std::string bytes = read_file(file, ErrorKind::store, kLongestText);
    if (!unsealed(bytes) && !parsed_json(bytes).is_object())
      damaged(file, "the bytes do not match the checksum; no result depends on it");
  } catch (const CannotRead& error) {
    unread(error);
  } catch (const Error& error) {
    damaged(file, error.what());
  }

  struct User {
    Key key;
    uint64_t size;
  };
  const Store& store_;
  double sample_;
  CheckReport report_;
  std::map<Key, std::vector<User>> users_;  ///< object → records that name it
  std::map<Key, std::string> names_;        ///< how to call it
  std::set<Key> lost_;                      ///< whose bytes are damaged
  std::mt19937_64 random_{std::random_device()()};
};

}  // namespace

bool CheckReport::can_go_on() const {
  return std::all_of(damage.begin(), damage.end(), [](const Damage& one) { return one.set_aside; });
}

CheckReport check_store(const Store& store, double sample) { return Check(store, sample).run(); }

}  // namespace retort
