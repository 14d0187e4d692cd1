#include "checkpoint/torch_file.h"

#include <ATen/ATen.h>
#include <caffe2/serialize/inline_container.h>

#include <cstring>

#include "core/error.h"

namespace retort::checkpoint {
namespace {

using Kind = Value::Kind;

constexpr std::string_view kZip{"PK\3\4", 4};
constexpr uint64_t kStreamMagic = 0xa86a20f9469cfc6c;  // low eight bytes of torch's number
constexpr int kDeepest = 6;                            // dictionaries within dictionaries that are looked into

uint16_t short_at(std::string_view bytes, size_t at) {
  return static_cast<uint16_t>(static_cast<unsigned char>(bytes[at]) | static_cast<unsigned char>(bytes[at + 1]) << 8);
}

/// Where the bytes of the zip record begin whose local header does; npos if the header is cut off.
size_t record_begin(std::string_view bytes, size_t header) {
  constexpr size_t kHeader = 30;
  if (header + kHeader > bytes.size()) return std::string_view::npos;
  return header + kHeader + short_at(bytes, header + 26) + short_at(bytes, header + 28);
}

/// The local header of a record whose name ends so; npos if there is none.
size_t record_header(std::string_view bytes, const std::string& name_end, size_t from) {
  for (size_t at = bytes.find(kZip, from); at != std::string_view::npos; at = bytes.find(kZip, at + 1)) {
    if (at + 30 > bytes.size()) return std::string_view::npos;
    if (bytes.substr(at + 30, short_at(bytes, at + 26)).ends_with(name_end)) return at;
  }
  return std::string_view::npos;
}

}  // namespace

TorchFile::TorchFile(std::filesystem::path file) : file_(std::move(file)) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file_, error);
  if (error) throw Error(ErrorKind::data, "cannot read " + file_.string() + ": " + error.message());
  if (size < 4) throw Error(ErrorKind::data, file_.string() + " has " + std::to_string(size) + " bytes, too few");
  mapped_ = at::from_file(file_.string(), false, static_cast<int64_t>(size), at::kByte);
  if (bytes().starts_with(kZip))
    open_zip();
  else if (static_cast<unsigned char>(bytes()[0]) == 0x80)
    open_stream();
  else
    open_safetensors();
}

std::string_view TorchFile::bytes() const {
  return {reinterpret_cast<const char*>(mapped_.const_data_ptr<uint8_t>()), static_cast<size_t>(mapped_.numel())};
}

size_t TorchFile::bytes_of(const Value& storage) const {
  uint64_t count = 0;
  if (__builtin_mul_overflow(static_cast<uint64_t>(storage.integer), c10::elementSize(storage.type), &count))
    throw Error(ErrorKind::data, file_.string() + ": storage \"" + storage.text + "\" has a size beyond all memory");
  return count;
}

void TorchFile::open_zip() {
  try {
    caffe2::serialize::PyTorchStreamReader zip(file_.string());
    if (zip.hasRecord("byteorder")) {
      const auto [data, size] = zip.getRecord("byteorder");
      if (std::string_view(static_cast<const char*>(data.get()), size) != "little")
        throw Error(ErrorKind::data, file_.string() + " was written on a big-endian machine: not read here");
    }
    pickle_ = read_pickle(bytes().substr(0, zip.getRecordOffset("data.pkl") + zip.getRecordSize("data.pkl")),
                          file_.string(), zip.getRecordOffset("data.pkl"));
    collect(*pickle_.root, "", 0);
    for (const auto& [key, storage] : pickle_.storages) {
      const std::string record = "data/" + key;
      if (!zip.hasRecord(record)) cut_off(*storage, bytes().size());
      places_[key] = {zip.getRecordOffset(record), zip.getRecordSize(record)};
      if (places_[key].bytes != bytes_of(*storage)) cut_off(*storage, places_[key].begin);
    }
  } catch (const c10::Error& error) {
    explain_broken_zip(error.what_without_backtrace());
  }
}

void TorchFile::explain_broken_zip(const std::string& why) {
  const size_t header = record_header(bytes(), "/data.pkl", 0);
  const size_t begin = header == std::string_view::npos ? header : record_begin(bytes(), header);
  if (begin == std::string_view::npos || begin > bytes().size())
    throw Error(ErrorKind::data, file_.string() + " is a zip file, but none that torch.save wrote: " + why);
  pickle_ = read_pickle(bytes(), file_.string(), begin);
  dictionaries_.clear(), values_.clear();
  collect(*pickle_.root, "", 0);
  for (const auto& [key, storage] : pickle_.storages) {
    const size_t found = record_header(bytes(), "/data/" + key, pickle_.end);
    const size_t data = found == std::string_view::npos ? found : record_begin(bytes(), found);
    if (data == std::string_view::npos || data > bytes().size() || bytes().size() - data < bytes_of(*storage))
      cut_off(*storage, std::min(data, bytes().size()));
  }
  throw Error(ErrorKind::data,
              file_.string() + " is cut off after its last tensor: the zip file's directory is missing");
}

void TorchFile::cut_off(const Value& storage, size_t begin) const {
  std::string name = "storage \"" + storage.text + "\"";
  for (const auto& [path, values] : values_) {
    for (const auto& [key, value] : values) {
      if (value->storage == &storage) name = "tensor \"" + (path.empty() ? key : path + "." + key) + "\"";
    }
  }
  throw Error(ErrorKind::data, file_.string() + " is cut off: " + name + " needs " + std::to_string(bytes_of(storage)) +
                                   " bytes from byte " + std::to_string(begin) + ", the file has " +
                                   std::to_string(bytes().size()));
}

/// Magic, protocol, system, object, keys of the storages: five pickles; then each storage's element count and bytes.
void TorchFile::open_stream() {
  const std::string where = file_.string();
  const Pickle magic = read_pickle(bytes(), where);
  if (!magic.root->is(Kind::integer) || static_cast<uint64_t>(magic.root->integer) != kStreamMagic)
    throw Error(ErrorKind::data, where + " is a pickle, but none that torch.save wrote");
  size_t at = magic.end;
  for (int skipped = 0; skipped < 2; ++skipped) at = read_pickle(bytes(), where, at).end;
  pickle_ = read_pickle(bytes(), where, at);
  collect(*pickle_.root, "", 0);
  const Pickle keys = read_pickle(bytes(), where, pickle_.end);
  at = keys.end;
  for (const Value* key : keys.root->items) {
    const auto found = pickle_.storages.find(key->text);
    if (found == pickle_.storages.end())
      throw Error(ErrorKind::data, where + ": storage \"" + key->text + "\" belongs to no tensor");
    const Value& storage = *found->second;
    const size_t size = bytes_of(storage), begin = at + sizeof(int64_t);
    if (begin > bytes().size() || bytes().size() - begin < size) cut_off(storage, std::min(begin, bytes().size()));
    int64_t count = 0;
    std::memcpy(&count, bytes().data() + at, sizeof count);
    if (count != storage.integer)
      throw Error(ErrorKind::data, where + ": storage \"" + storage.text + "\" has " + std::to_string(count) +
                                       " elements, its tensors say " + std::to_string(storage.integer));
    places_[storage.text] = {begin, size};
    at = begin + size;
  }
  for (const auto& [key, storage] : pickle_.storages)
    if (!places_.contains(key)) cut_off(*storage, at);
}

void TorchFile::open_safetensors() {
  plain_ = read_tensors(file_);
  Dictionary all;
  for (const auto& [name, tensor] : plain_) all.names.push_back(name);
  dictionaries_.push_back(std::move(all));
}

void TorchFile::collect(const Value& dict, const std::string& path, int depth) {
  if (!dict.is(Kind::dict) || depth > kDeepest) return;
  Dictionary found{path, {}};
  for (const auto& [key, value] : dict.entries) {
    if (!key->is(Kind::text) || !value->is(Kind::tensor)) continue;
    if (values_[path].emplace(key->text, value).second) found.names.push_back(key->text);
  }
  if (!found.names.empty()) dictionaries_.push_back(std::move(found));
  for (const auto& [key, value] : dict.entries) {  // an optimiser's state has numbers for keys
    const std::string name = key->is(Kind::integer) ? std::to_string(key->integer) : key->text;
    collect(*value, path.empty() ? name : path + "." + name, depth + 1);
  }
}

const Dictionary* TorchFile::dictionary(const std::string& path) const {
  for (const Dictionary& each : dictionaries_)
    if (each.path == path) return &each;
  return nullptr;
}

at::Tensor TorchFile::tensor(const Dictionary& dictionary, const std::string& name) const {
  for (const auto& [each, tensor] : plain_)
    if (each == name) return tensor.clone();
  const Value& value = *values_.at(dictionary.path).at(name);
  const Place& place = places_.at(value.storage->text);
  at::Tensor storage = at::empty({value.storage->integer}, value.storage->type);
  std::memcpy(storage.mutable_data_ptr(), bytes().data() + place.begin, place.bytes);
  return storage.as_strided(value.sizes, value.strides, value.integer).clone(at::MemoryFormat::Contiguous);
}

}  // namespace retort::checkpoint
