#include "plan/kept_plan.h"

#include <unistd.h>

#include <algorithm>

#include "core/digest.h"
#include "core/files.h"
#include "core/guarded_folder.h"
#include "core/hex.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "retort-plan v3\n\n";  // a multiple of eight, as all before the entries is
constexpr size_t kHead = kMagic.size() + 64;               // then the digest of all behind it, in hex

std::string shard_name(size_t number) {
  const auto byte = static_cast<unsigned char>(number);
  return hex_of(&byte, 1);
}

fs::path folder_of(const Store& store) { return store.root() / "learned" / "plans"; }

/// Written under its digest, also where it is there: it may be damaged.
std::string put_aside(const Store& store, const std::string& text) {
  const std::string digest = sha256_hex(text);
  write_atomically(folder_of(store) / digest, text, /*sync=*/false);
  return digest;
}

}  // namespace

/// A result (its key, the checksum of its record) or an object (its digest, its size).
struct KeptPlan::Entry {
  Name name;
  union {
    Name sum;
    uint64_t size;
  };
};

KeptPlan::KeptPlan(const Store& store, fs::path file)
    : store_(store), file_(std::move(file)), mapped_(file_.c_str(), kHead) {}

std::unique_ptr<KeptPlan> KeptPlan::open(const Store& store, const std::string& identity) {
  std::unique_ptr<KeptPlan> plan(new KeptPlan(store, folder_of(store) / sha256_hex(identity)));
  return plan->mapped_.bytes() && plan->read() ? std::move(plan) : nullptr;
}

bool KeptPlan::read() {
  const std::string_view all = mapped_.text();
  if (all.substr(0, kMagic.size()) != kMagic) return false;
  if (all.substr(kMagic.size(), kHead - kMagic.size()) != sha256_hex(all.substr(kHead))) return false;
  Unpacker in(all.data(), all.size(), kHead);
  title_ = in.text();
  tables_ = in.text();
  last_node_ = in.text();
  graph_ = in.text();
  nodes_ = in.text();
  command_ = in.text();
  tables_json_ = in.text();
  hits_ = in.raw<uint64_t>();
  unneeded_ = in.raw<uint64_t>();
  cells_ = in.raw<uint64_t>();
  for (auto* list : {&files_, &folders_})
    for (auto count = in.raw<uint64_t>(); count > 0 && in.ok(); --count) {
      Watched one;
      one.path = in.text().data();
      const std::string_view digest = in.text();
      one.at = in.at();
      one.seen = in.seen();
      one.seen.digest = digest;
      list->push_back(std::move(one));
    }
  for (auto* folders : {&result_folders_, &object_folders_})
    for (auto& folder : *folders) {
      if (in.raw<uint64_t>() == 0) continue;
      const size_t at = in.at();
      folder = {in.seen(), at};
    }
  result_count_ = in.raw<uint64_t>();
  object_count_ = in.raw<uint64_t>();
  results_ = in.list<Entry>(result_count_);
  objects_ = in.list<Entry>(object_count_);
  return in.whole();
}

void KeptPlan::learn(size_t at, const FileStamp& stamp, int64_t read) {
  if (!at_rest(stamp, read)) return;  // it would have to be read again anyway
  if (learned_.empty()) learned_ = mapped_.text();
  std::string bytes;
  put_stamp(bytes, stamp, read);
  learned_.replace(at, bytes.size(), bytes);
}

bool KeptPlan::file_holds(const Watched& file) {
  const int64_t read = clock_now();
  const auto now = stamp_of(file.path);
  if (file.seen.is_certainly(now)) return true;
  if (!now) return false;
  try {
    if (sha256_file(file.path) != file.seen.digest) return false;
  } catch (const Error&) {
    return false;
  }
  learn(file.at, *now, read);
  return true;
}

/// `entries` are sorted by name: those of one folder lie together.
template <class Holds>
bool KeptPlan::folders_hold(const Folders& folders, const std::string& place, const Entry* entries, size_t count,
                            Holds holds) {
  for (const Entry *entry = entries, *end = entries + count; entry < end;) {
    const unsigned char shard = entry->name[0];
    const Entry* next =
        std::upper_bound(entry, end, shard, [](unsigned char value, const Entry& one) { return value < one.name[0]; });
    const auto& folder = folders[shard];
    const int64_t read = clock_now();
    const auto now = stamp_of((store_.root() / place / shard_name(shard)).c_str());
    if (!folder || !now) return false;
    if (!folder->seen.is_certainly(now)) {
      if (!std::all_of(entry, next, holds)) return false;
      learn(folder->at, *now, read);
    }
    entry = next;
  }
  return true;
}

bool KeptPlan::holds() {
  const auto same_record = [&](const Entry& result) {
    try {
      const std::string text = read_file(store_.record_file(hex_of(result.name)), ErrorKind::store, kLongestText);
      return packed(sha256_hex(std::string_view(text).substr(0, text.find('\n') + 1))) == result.sum;
    } catch (const Error&) {
      return false;
    }
  };
  const auto object_there = [&](const Entry& object) {
    const auto stamp = stamp_of(store_.object_file(hex_of(object.name)).c_str());
    return stamp && stamp->size == object.size;
  };
  const bool hold = std::all_of(files_.begin(), files_.end(), [&](const Watched& one) { return file_holds(one); }) &&
                    std::all_of(folders_.begin(), folders_.end(),
                                [](const Watched& one) { return one.seen.is_certainly(stamp_of(one.path)); }) &&
                    folders_hold(result_folders_, "results", results_, result_count_, same_record) &&
                    folders_hold(object_folders_, "objects", objects_, object_count_, object_there);
  if (hold && !learned_.empty()) save_learned();
  return hold;
}

void KeptPlan::save_learned() noexcept {
  try {
    const std::string digest = sha256_hex(std::string_view(learned_).substr(kHead));
    learned_.replace(kMagic.size(), digest.size(), digest);
    write_atomically(file_, learned_, /*sync=*/false);
  } catch (const std::exception&) {  // read-only store: it is learned again
  }
}

bool KeptPlan::put(std::string_view digest, const fs::path& file) const {
  const fs::path from = folder_of(store_) / digest;
  const SafePath safe_from(from), safe_to(file);
  if (::link(safe_from.c_str(), safe_to.c_str()) == 0) return true;
  std::error_code failed;
  return fs::copy_file(safe_from.path(), safe_to.path(), failed) && !failed;  // a file system without links
}

void KeptPlan::keep(const Store& store, const std::string& identity, FinishedPlan plan) noexcept {
  try {
    make_folder(folder_of(store));
    std::string out(kHead, ' ');
    for (const auto& text : {plan.title, plan.tables, plan.last_node, put_aside(store, plan.graph),
                             put_aside(store, plan.nodes), put_aside(store, plan.command),
                             plan.tables_json.empty() ? std::string() : put_aside(store, plan.tables_json)})
      put_text(out, text);
    put_raw(out, plan.hits);
    put_raw(out, plan.unneeded);
    put_raw(out, plan.cells);
    for (const auto* list : {&plan.files, &plan.folders}) {
      put_raw(out, uint64_t{list->size()});
      for (const auto& [path, seen] : *list) {
        put_text(out, path);
        put_text(out, seen.digest);
        put_stamp(out, seen.stamp, seen.read);
      }
    }
    for (const auto* folders : {&plan.result_folders, &plan.object_folders})
      for (const auto& folder : *folders) {
        put_raw(out, uint64_t{folder.has_value()});
        if (folder) put_stamp(out, folder->stamp, folder->read);
      }
    std::vector<Entry> results, objects;
    for (const auto& one : plan.results) results.push_back({packed(one.key), {packed(one.sum)}});
    for (const auto& one : plan.objects) {
      Entry entry{packed(one.digest), {Name{}}};
      entry.size = one.size;
      objects.push_back(entry);
    }
    put_raw(out, uint64_t{results.size()});
    put_raw(out, uint64_t{objects.size()});
    for (auto* entries : {&results, &objects}) {
      std::sort(entries->begin(), entries->end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
      out.append(reinterpret_cast<const char*>(entries->data()), entries->size() * sizeof(Entry));
    }
    out.replace(0, kMagic.size(), kMagic);
    out.replace(kMagic.size(), 64, sha256_hex(std::string_view(out).substr(kHead)));
    const auto before = open(store, identity);
    write_atomically(folder_of(store) / sha256_hex(identity), out, /*sync=*/false);
    if (!before) return;
    for (const auto text : {before->graph_, before->nodes_, before->command_, before->tables_json_})
      if (!text.empty() && out.find(text) == std::string::npos) fs::remove(folder_of(store) / text);
  } catch (const std::exception&) {  // a store that cannot be written: the next plan is made anew
  }
}

}  // namespace retort
