#include "sdk/torch/tensor_file.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <numeric>
#include <optional>
#include <set>

#include "core/error.h"
#include "sdk/torch/finite.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kPrefix = 8;  // length of the header, little-endian
constexpr uint64_t kLargestHeader = 100'000'000;
constexpr int kDeepestHeader = 3;  // {"name": {"shape": [1]}}

constexpr std::pair<const char*, at::ScalarType> kTypes[] = {
    {"F64", at::kDouble}, {"F32", at::kFloat}, {"F16", at::kHalf}, {"BF16", at::kBFloat16}, {"I64", at::kLong},
    {"I32", at::kInt},    {"I16", at::kShort}, {"I8", at::kChar},  {"U8", at::kByte},       {"BOOL", at::kBool}};

const char* name_of_type(at::ScalarType type) {
  for (const auto& [name, each] : kTypes) {
    if (each == type) return name;
  }
  throw Error(ErrorKind::internal, std::string("a tensor file cannot hold type ") + at::toString(type));
}

[[noreturn]] void malformed(const fs::path& file, const std::string& what) {
  throw Error(ErrorKind::data, file.string() + ": " + what);
}

/// Where one tensor lies, checked against the file's size.
struct Entry {
  std::string name;
  at::ScalarType type;
  std::vector<int64_t> shape;
  uint64_t begin, end;
};

/// Elements of a shape; nothing if a side is negative or the product does not fit.
std::optional<uint64_t> elements(const std::vector<int64_t>& shape) {
  uint64_t count = 1;
  for (const int64_t side : shape) {
    if (side < 0 || __builtin_mul_overflow(count, static_cast<uint64_t>(side), &count)) return std::nullopt;
  }
  return count < (uint64_t{1} << 60) ? std::optional(count) : std::nullopt;
}

std::string shown(const Json& json) {
  constexpr size_t kLongest = 200;
  const std::string text = json.dump();
  return text.size() > kLongest ? text.substr(0, kLongest) + "…" : text;
}

Entry entry_of(const fs::path& file, const std::string& name, const Json& json, uint64_t available) {
  const auto bad = [&](const std::string& what) { malformed(file, "tensor \"" + name + "\" " + what); };
  if (!json.is_object() || !json.contains("dtype") || !json.contains("shape") || !json.contains("data_offsets")) {
    bad("lacks dtype, shape or data_offsets");
  }
  Entry entry{name, at::kFloat, {}, 0, 0};
  try {
    const auto type = json.at("dtype").get<std::string>();
    const auto* found = std::find_if(std::begin(kTypes), std::end(kTypes), [&](auto& t) { return type == t.first; });
    if (found == std::end(kTypes)) bad("has type " + type + ", which is not read here");
    entry.type = found->second;
    entry.shape = json.at("shape").get<std::vector<int64_t>>();
    entry.begin = json.at("data_offsets").at(0).get<uint64_t>();
    entry.end = json.at("data_offsets").at(1).get<uint64_t>();
  } catch (const nlohmann::json::exception&) {
    bad("has a malformed dtype, shape or data_offsets: " + shown(json));
  }
  const auto count = elements(entry.shape);
  if (!count || entry.end < entry.begin || entry.end - entry.begin != *count * c10::elementSize(entry.type)) {
    bad("has a shape that does not fit its bytes: " + shown(json));
  }
  if (entry.end > available) {
    bad("needs bytes " + std::to_string(entry.begin) + " to " + std::to_string(entry.end) + ", the file holds " +
        std::to_string(available));
  }
  return entry;
}

/// The names of a header in their order, which JSON does not keep. Stops at a name that is there twice, and where lists
/// or objects lie within each other more than a header's do.
class NamesOfHeader : public nlohmann::json_sax<Json> {
 public:
  std::vector<std::string> names;
  std::string problem;

  bool key(string_t& name) override {
    if (depth_ != 1) return true;
    names.push_back(name);
    return known_.insert(name).second || stop("tensor \"" + name + "\" is there twice");
  }
  bool start_object(std::size_t) override { return deeper(); }
  bool start_array(std::size_t) override { return deeper(); }
  bool end_object() override { return --depth_, true; }
  bool end_array() override { return --depth_, true; }
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return stop("the header is not a JSON object");
  }

 private:
  bool stop(const std::string& why) { return problem = why, false; }
  bool deeper() {
    return ++depth_ <= kDeepestHeader || stop("the header has lists or objects within each other that say nothing");
  }

  std::set<std::string> known_;
  int depth_ = 0;
};

std::vector<Entry> entries_of(const fs::path& file, const std::string& header, uint64_t available) {
  NamesOfHeader reader;
  if (!Json::sax_parse(header, &reader)) malformed(file, reader.problem);
  const Json json = Json::parse(header, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) malformed(file, "the header is not a JSON object");
  std::vector<Entry> entries;
  for (const std::string& name : reader.names)
    if (name != "__metadata__") entries.push_back(entry_of(file, name, json.at(name), available));
  std::vector<const Entry*> placed;
  for (const Entry& entry : entries) placed.push_back(&entry);
  std::sort(placed.begin(), placed.end(),
            [](auto* a, auto* b) { return std::pair(a->begin, a->end) < std::pair(b->begin, b->end); });
  uint64_t covered = 0;
  for (const Entry* entry : placed) {
    if (entry->begin != covered) malformed(file, "tensor \"" + entry->name + "\" overlaps another or leaves a hole");
    covered = entry->end;
  }
  if (covered != available) malformed(file, std::to_string(available - covered) + " bytes belong to no tensor");
  return entries;
}

}  // namespace

void write_tensors(const fs::path& file, const TensorList& tensors,
                   const std::map<std::string, std::string>& metadata) {
  OutputFile out(file);
  write_tensors(out, tensors, metadata);
}

void write_tensors(OutputFile& out, const TensorList& tensors, const std::map<std::string, std::string>& metadata) {
  for (const auto& [name, tensor] : tensors) check_finite(tensor, name, out.name());
  // Wide types first: a reader that maps the file then finds every tensor aligned. The header keeps the order given.
  std::vector<size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return tensors[a].second.element_size() > tensors[b].second.element_size();
  });
  std::vector<std::pair<uint64_t, uint64_t>> offsets(tensors.size());
  uint64_t end = 0;
  for (const size_t i : order) {
    const uint64_t begin = end;
    end += tensors[i].second.nbytes();
    offsets[i] = {begin, end};
  }
  std::string text = "{";
  if (!metadata.empty()) text += "\"__metadata__\":" + Json(metadata).dump();
  std::set<std::string> known{"__metadata__"};
  for (size_t i = 0; i < tensors.size(); ++i) {
    const auto& [name, tensor] = tensors[i];
    RETORT_CHECK(known.insert(name).second);
    const nlohmann::ordered_json entry = {{"dtype", name_of_type(tensor.scalar_type())},
                                          {"shape", tensor.sizes().vec()},
                                          {"data_offsets", {offsets[i].first, offsets[i].second}}};
    text += (text.size() > 1 ? "," : "") + Json(name).dump() + ":" + entry.dump();
  }
  text += "}";
  text.append((kPrefix - text.size() % kPrefix) % kPrefix, ' ');

  const uint64_t length = text.size();
  out.write(reinterpret_cast<const char*>(&length), kPrefix);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  for (const size_t i : order) {
    const at::Tensor plain = tensors[i].second.detach().cpu().contiguous();
    out.write(static_cast<const char*>(plain.const_data_ptr()), static_cast<std::streamsize>(plain.nbytes()));
  }
  out.close();
}

TensorList read_tensors(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error(ErrorKind::data, "cannot read " + file.string() + ": " + std::strerror(errno));
  const uint64_t size = fs::file_size(file);
  uint64_t length = 0;
  in.read(reinterpret_cast<char*>(&length), kPrefix);
  if (!in) malformed(file, "has " + std::to_string(size) + " bytes, too few for a tensor file");
  if (length > kLargestHeader || length > size - kPrefix) malformed(file, "its header is cut off or not a header");
  std::string header(length, '\0');
  in.read(header.data(), static_cast<std::streamsize>(length));

  TensorList tensors;
  for (const Entry& entry : entries_of(file, header, size - kPrefix - length)) {
    at::Tensor tensor = at::empty(entry.shape, entry.type);
    in.seekg(static_cast<std::streamoff>(kPrefix + length + entry.begin));
    in.read(static_cast<char*>(tensor.mutable_data_ptr()), static_cast<std::streamsize>(entry.end - entry.begin));
    if (!in) malformed(file, "tensor \"" + entry.name + "\" cannot be read");
    tensors.emplace_back(entry.name, std::move(tensor));
  }
  return tensors;
}

}  // namespace retort
