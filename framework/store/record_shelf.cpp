#include "store/record_shelf.h"

#include <algorithm>
#include <map>

#include "core/digest.h"
#include "core/files.h"
#include "core/hex.h"
#include "core/json_read.h"

namespace retort {
namespace {

constexpr std::string_view kMagic = "retort-records 2";  // a multiple of eight, as all before the places is
constexpr size_t kHead = kMagic.size() + 64;             // then the digest of all behind it, in hex
constexpr double kNotTimed = -1;                         // seconds of a record that has none
constexpr size_t kFew = 256;                             // records that are read as quickly as a shelf is written

Name name_of(const Key& key) { return packed(key.text()); }

void put_record(std::string& out, const Record& record) {
  put_raw(out, name_of(record.sum));
  put_text(out, record.type);
  put_text(out, text_in(record.about, "created"));
  put_raw(out, number_in(record.about, "seconds", kNotTimed));
  const auto warnings = warnings_of(record);
  put_raw(out, uint64_t{warnings.size()});
  for (const auto& one : warnings) put_text(out, one);
  put_raw(out, uint64_t{record.outputs.size()});
  for (const auto& [port, output] : record.outputs) {
    put_text(out, port.text());
    put_text(out, output.kind);
    put_raw(out, name_of(output.digest));
    put_text(out, output.meta.is_null() ? std::string() : output.meta.dump());
    put_raw(out, uint64_t{output.files.size()});
    for (const auto& file : output.files) {
      put_text(out, file.name.text());
      put_raw(out, name_of(file.digest));
      put_raw(out, file.size);
      put_raw(out, uint64_t{file.inlined});
    }
  }
}

Record take_record(Unpacker& in) {
  Record record;
  record.sum = hex_of(in.raw<Name>());
  record.type = in.text();
  record.about = Json::object();
  if (const auto created = in.text(); !created.empty()) record.about["created"] = created;
  if (const auto seconds = in.raw<double>(); seconds != kNotTimed) record.about["seconds"] = seconds;
  for (auto warnings = in.raw<uint64_t>(); warnings > 0 && in.ok(); --warnings)
    record.about["warnings"].push_back(in.text());
  for (auto outputs = in.raw<uint64_t>(); outputs > 0 && in.ok(); --outputs) {
    StoredOutput& output = record.outputs[std::string(in.text())];
    output.kind = in.text();
    output.digest = hex_of(in.raw<Name>());
    if (const auto meta = in.text(); !meta.empty()) output.meta = parsed_json(meta);
    for (auto files = in.raw<uint64_t>(); files > 0 && in.ok(); --files) {
      StoredFile& file = output.files.emplace_back();
      file.name = std::string(in.text());
      file.digest = hex_of(in.raw<Name>());
      file.size = in.raw<uint64_t>();
      file.inlined = in.raw<uint64_t>() != 0;
    }
  }
  return record;
}

}  // namespace

/// Where what is kept of a record lies in the file, and how the record's own file looked.
struct RecordShelf::Place {
  Name key;
  FileStamp stamp;
  int64_t read;
  uint64_t at, size;
};

RecordShelf::RecordShelf(const Store& store, const std::string& name)
    : store_(store), file_(store.root() / "learned" / "records" / name), mapped_(file_.c_str(), kHead) {
  const std::string_view all = mapped_.text();
  if (!mapped_.bytes() || all.substr(0, kMagic.size()) != kMagic ||
      all.substr(kMagic.size(), kHead - kMagic.size()) != sha256_hex(all.substr(kHead)))
    return;
  Unpacker in(all.data(), all.size(), kHead);
  const auto count = in.raw<uint64_t>();
  places_ = in.list<Place>(count);
  count_ = places_ ? count : 0;
}

const RecordShelf::Place* RecordShelf::place_of(const Name& key) const {
  const Place* end = places_ + count_;
  const Place* found =
      std::lower_bound(places_, end, key, [](const Place& one, const Name& wanted) { return one.key < wanted; });
  return found != end && found->key == key ? found : nullptr;
}

std::optional<Record> RecordShelf::taken(const Place& place, const Key& key) const try {
  if (place.at > mapped_.size() || place.size > mapped_.size() - place.at) return std::nullopt;
  Unpacker in(mapped_.bytes(), place.at + place.size, place.at);
  Record record = take_record(in);
  record.key = key;
  return in.whole() ? std::optional(std::move(record)) : std::nullopt;
} catch (const Error&) {  // a name that is none
  return std::nullopt;
}

std::optional<Record> RecordShelf::find(const Key& key, std::string* damage) {
  const Name name = packed(key.text());
  const std::string file = store_.root().native() + "/results/" + key.substr(0, 2) + '/' + key;  // quicker than a path
  if (const Place* place = place_of(name); place && stamp_of(file.c_str()) == place->stamp)
    if (auto record = taken(*place, key)) return record;
  const int64_t read = clock_now();
  auto record = store_.find(key, damage, RecordParts::of_plan);
  if (!record || !record->from.empty() || record->sum.empty()) return record;
  if (const auto stamp = stamp_of(file.c_str()); stamp && at_rest(*stamp, read)) fresh_.push_back({name, *stamp, read});
  return record;
}

void RecordShelf::save(const std::vector<const Record*>& records) noexcept {
  if (fresh_.size() < kFew) return;
  try {
    std::map<Name, Place> known;
    for (size_t i = 0; i < count_; ++i) known[places_[i].key] = places_[i];
    for (const auto& one : fresh_) known[one.key] = {one.key, one.stamp, one.read, 0, 0};
    std::map<Name, const Record*> asked;
    for (const Record* record : records) asked[packed(record->key.text())] = record;
    std::erase_if(asked, [&](const auto& one) { return known.count(one.first) == 0; });
    std::string out(kHead, ' '), bodies;
    put_raw(out, uint64_t{asked.size()});
    const size_t begin = out.size() + asked.size() * sizeof(Place);
    for (const auto& [key, record] : asked) {
      Place place = known[key];
      place.at = begin + bodies.size();
      put_record(bodies, *record);
      place.size = begin + bodies.size() - place.at;
      put_raw(out, place);
    }
    out += bodies;
    out.replace(0, kMagic.size(), kMagic);
    out.replace(kMagic.size(), 64, sha256_hex(std::string_view(out).substr(kHead)));
    make_folder(file_.parent_path());
    write_atomically(file_, out, /*sync=*/false);
  } catch (const std::exception&) {  // the next plan reads them again
  }
  fresh_ = {};
}

}  // namespace retort
