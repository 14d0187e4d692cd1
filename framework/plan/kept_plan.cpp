#include "plan/kept_plan.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "core/digest.h"
#include "core/files.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "retort-plan v1\n\n";  // a multiple of eight, as all before the entries is
constexpr size_t kHead = kMagic.size() + 64;               // then the digest of all behind it, in hex

using Name = std::array<unsigned char, 32>;

unsigned char value_of(char digit) { return static_cast<unsigned char>(digit <= '9' ? digit - '0' : digit - 'a' + 10); }

Name packed(std::string_view hex) {
  Name name{};
  for (size_t i = 0; i < name.size(); ++i)
    name[i] = static_cast<unsigned char>(value_of(hex[2 * i]) << 4 | value_of(hex[2 * i + 1]));
  return name;
}

std::string hex_of(const Name& name) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : name) text += {kDigits[byte >> 4], kDigits[byte & 15]};
  return text;
}

template <class T>
void put_raw(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// With a final zero, so that a path can be given to the system where it lies.
void put_text(std::string& out, std::string_view text) {
  put_raw(out, uint64_t{text.size()});
  out += text;
  out.append(8 - text.size() % 8, '\0');
}

void put_stamp(std::string& out, const FileStamp& stamp, int64_t read) {
  put_raw(out, stamp);
  put_raw(out, read);
}

std::string shard_name(size_t number) {
  static constexpr char kDigits[] = "0123456789abcdef";
  return {kDigits[number >> 4], kDigits[number & 15]};
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

/// Reads what `keep` wrote, never beyond the end.
class KeptPlan::Reader {
 public:
  Reader(const char* bytes, size_t size) : bytes_(bytes), size_(size) {}

  const char* take(size_t count) {
    if (count > size_ - at_) {
      ok_ = false;
      return nullptr;
    }
    at_ += count;
    return bytes_ + at_ - count;
  }
  template <class T>
  T raw() {
    T value{};
    if (const char* from = take(sizeof value)) std::memcpy(&value, from, sizeof value);
    return value;
  }
  std::string_view text() {
    const auto size = raw<uint64_t>();
    const char* from = size < size_ ? take(size + 8 - size % 8) : take(size_ + 1);
    return from ? std::string_view(from, size) : std::string_view();
  }
  SeenFile seen() {
    SeenFile file;
    file.stamp = raw<FileStamp>();
    file.read = raw<int64_t>();
    return file;
  }
  const Entry* entries(size_t count) {
    return reinterpret_cast<const Entry*>(count < size_ ? take(count * sizeof(Entry)) : take(size_ + 1));
  }
  size_t at() const { return at_; }
  bool whole() const { return ok_ && at_ == size_; }
  bool ok() const { return ok_; }

 private:
  const char* bytes_;
  size_t size_, at_ = kHead;
  bool ok_ = true;
};

KeptPlan::KeptPlan(const Store& store, fs::path file, const char* bytes, size_t size)
    : store_(store), file_(std::move(file)), bytes_(bytes), size_(size) {}

KeptPlan::~KeptPlan() { ::munmap(const_cast<char*>(bytes_), size_); }

std::unique_ptr<KeptPlan> KeptPlan::open(const Store& store, const std::string& identity) {
  fs::path path = folder_of(store) / sha256_hex(identity);
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return nullptr;
  struct stat about = {};
  const size_t size = ::fstat(file, &about) == 0 ? static_cast<size_t>(about.st_size) : 0;
  void* bytes = size > kHead ? ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0) : MAP_FAILED;
  ::close(file);
  if (bytes == MAP_FAILED) return nullptr;
  std::unique_ptr<KeptPlan> plan(new KeptPlan(store, std::move(path), static_cast<const char*>(bytes), size));
  return plan->read() ? std::move(plan) : nullptr;
}

bool KeptPlan::read() {
  const std::string_view all(bytes_, size_);
  if (all.substr(0, kMagic.size()) != kMagic) return false;
  if (all.substr(kMagic.size(), kHead - kMagic.size()) != sha256_hex(all.substr(kHead))) return false;
  Reader in(bytes_, size_);
  title_ = in.text();
  tables_ = in.text();
  last_node_ = in.text();
  graph_ = in.text();
  nodes_ = in.text();
  command_ = in.text();
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
  results_ = in.entries(result_count_);
  objects_ = in.entries(object_count_);
  return in.whole();
}

void KeptPlan::learn(size_t at, const FileStamp& stamp, int64_t read) {
  if (!at_rest(stamp, read)) return;  // it would have to be read again anyway
  if (learned_.empty()) learned_.assign(bytes_, size_);
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
      const std::string text = read_file(store_.record_file(hex_of(result.name)));
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
  if (::link(from.c_str(), file.c_str()) == 0) return true;
  std::error_code failed;
  return fs::copy_file(from, file, failed) && !failed;  // a file system without links
}

void KeptPlan::keep(const Store& store, const std::string& identity, FinishedPlan plan) noexcept {
  try {
    fs::create_directories(folder_of(store));
    std::string out(kHead, ' ');
    for (const auto& text : {plan.title, plan.tables, plan.last_node, put_aside(store, plan.graph),
                             put_aside(store, plan.nodes), put_aside(store, plan.command)})
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
    for (const auto text : {before->graph_, before->nodes_, before->command_})
      if (out.find(text) == std::string::npos) fs::remove(folder_of(store) / text);
  } catch (const std::exception&) {  // a store that cannot be written: the next plan is made anew
  }
}

}  // namespace retort
