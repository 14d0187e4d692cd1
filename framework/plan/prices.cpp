#include "plan/prices.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/digest.h"
#include "core/files.h"
#include "core/json_read.h"
#include "core/stated_version.h"
#include "plan/key.h"

namespace retort {
namespace {

constexpr int kVersion = 1;

/// Beside declared budgets: what the nodes of this project call an amount of work.
const std::set<std::string> kAmounts = {"epochs", "iterations", "steps", "per_class"};

std::filesystem::path file_in(const Store& store) { return store.root() / "learned" / "prices.json"; }

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<long>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

uint64_t bytes_of(const Record& record) {
  uint64_t bytes = 0;
  for (const auto& [port, output] : record.outputs)
    for (const auto& file : output.files) bytes += file.size;
  return bytes;
}

}  // namespace

bool Prices::empty() {
  learn();
  return seen_.empty();
}

void Prices::learn() {
  if (std::exchange(asked_, true)) return;
  read();
  try {
    for (const auto& key : store_.keys())
      if (!seen_.count(key)) learn(key);
  } catch (const CannotRead&) {  // a price less
  }
  for (const auto& [key, one] : seen_) {
    by_settings_[one.type + " " + one.settings].push_back(&one);
    by_type_[one.type + " " + one.device].push_back(&one);
  }
}

Prices::Seen Prices::describe(const std::string& type, const std::string& key_text) const {
  Seen seen;
  seen.type = type;
  seen.device = "cpu";
  const Manifest* manifest = catalog_.find("node", type);
  std::string settings;
  for (const auto& field : fields_of(key_text)) {
    if (field.label == "device") seen.device = field.value;
    const ParamSpec* spec = manifest && field.label == "param" ? manifest->spec.param(field.name) : nullptr;
    const Json value = field.label == "param" ? parsed_json(field.value) : Json();
    if (value.is_number() && ((spec && spec->budget) || kAmounts.count(field.name)))
      seen.amount *= std::max(value.get<double>(), 0.0);
    else if (field.label != "input" && field.label != "seed" && field.label != "code")
      settings += field.label + " " + field.owner + " " + field.name + " " + field.value + "\n";
  }
  seen.settings = sha256_hex(settings).substr(0, 16);
  return seen;
}

void Prices::learn(const std::string& key) {
  const auto record = store_.peek(key);
  if (!record || !record->about.contains("seconds")) return;
  Seen seen = describe(record->type, record->key_text);
  seen.seconds = record->about["seconds"].get<double>();
  seen.bytes = bytes_of(*record);
  seen_[key] = std::move(seen);
  learned_ = true;
}

Price Prices::of(const std::string& type, const std::string& key_text) {
  if (empty()) return {};
  const Seen wanted = describe(type, key_text);
  const std::vector<const Seen*>* known = nullptr;
  if (const auto same = by_settings_.find(type + " " + wanted.settings); same != by_settings_.end())
    known = &same->second;
  else if (const auto like = by_type_.find(type + " " + wanted.device); like != by_type_.end())
    known = &like->second;
  if (!known) return {};
  std::vector<double> seconds, bytes, equal_bytes;
  for (const Seen* one : *known) {
    seconds.push_back(one->amount > 0 && wanted.amount > 0 ? one->seconds * wanted.amount / one->amount : one->seconds);
    (one->amount == wanted.amount ? equal_bytes : bytes).push_back(static_cast<double>(one->bytes));
  }
  return {median(seconds), static_cast<uint64_t>(median(equal_bytes.empty() ? bytes : equal_bytes))};
}

void Prices::read() {
  const auto file = file_in(store_);
  if (!is_there(file)) return;
  const Json json = parsed_json(read_file(file, ErrorKind::store, kLongestText));
  if (stated_version(json, "retort_prices") != kVersion) return;
  try {
    for (const auto& [key, one] : json.at("results").items())
      seen_[key] = {one.at(0), one.at(1), one.at(2), one.at(3), one.at(4), one.at(5)};
  } catch (const Json::exception&) {
    seen_.clear();
  }
}

void Prices::save() const noexcept {
  if (!learned_) return;
  try {
    Json results = Json::object();
    for (const auto& [key, one] : seen_)
      results[key] = {one.type, one.device, one.settings, one.amount, one.seconds, one.bytes};
    make_folder(file_in(store_).parent_path());
    write_atomically(file_in(store_), Json({{"retort_prices", kVersion}, {"results", results}}).dump(), false);
  } catch (const std::exception&) {
  }
}

}  // namespace retort
