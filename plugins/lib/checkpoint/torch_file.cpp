#include "checkpoint/torch_file.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>

#include "core/error.h"

namespace retort::checkpoint {
namespace {

using Kind = Value::Kind;

constexpr std::string_view kZip{"PK\3\4", 4};
constexpr uint64_t kStreamMagic = 0xa86a20f9469cfc6c;  // low eight bytes of torch's number
constexpr int kDeepest = 6;                            // dictionaries within dictionaries that are looked into
constexpr size_t kLongestPickle = 256 << 20;           // bytes; the tensors are elsewhere
constexpr size_t kLongestName = 1024;                  // of a tensor or a dictionary
constexpr size_t kMostEntries = 4'000'000;             // of all dictionaries, each time they are reached

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

/// The one record DIR/data.pkl; DIR is what the file was called when it was saved.
std::string TorchFile::pickle_record() const {
  std::string found;
  for (const auto& [name, record] : zip_->records()) {
    const size_t slash = name.find('/');
    if (slash == std::string::npos || name.substr(slash) != "/data.pkl") continue;
    if (!found.empty())
      throw Error(ErrorKind::data, file_.string() + " holds two pickles, \"" + found + "\" and \"" + name + "\"");
    found = name;
  }
  if (found.empty())
    throw Error(ErrorKind::data, file_.string() + " is a zip file, but none that torch.save wrote: it has no data.pkl");
  return found;
}

void TorchFile::open_zip() {
  zip_ = ZipFile::open(bytes(), file_.string());
  if (!zip_) explain_missing_directory();
  const std::string name = pickle_record(), folder = name.substr(0, name.find('/') + 1);
  std::string unpacked;
  if (const auto* order = zip_->find(folder + "byteorder");
      order && (order->size > 16 || zip_->content(*order, unpacked) != "little"))
    throw Error(ErrorKind::data, file_.string() + " was written on a big-endian machine: not read here");
  const ZipRecord& pickle = *zip_->find(name);
  if (pickle.size > kLongestPickle)
    throw Error(ErrorKind::data, file_.string() + ": its list of tensors has " + std::to_string(pickle.size) +
                                     " bytes; no state dictionary needs more than " + std::to_string(kLongestPickle));
  pickle_ = read_pickle(zip_->content(pickle, unpacked), file_.string());
  collect(*pickle_.root, "", 0);
  for (const auto& [key, storage] : pickle_.storages) place(key, *storage, folder + "data/");
}

void TorchFile::place(const std::string& key, const Value& storage, const std::string& folder) {
  const ZipRecord* record = zip_->find(folder + key);
  if (!record)
    throw Error(ErrorKind::data,
                file_.string() + ": " + tensor_of(storage) + " has no record \"" + folder + key + "\"");
  if (record->size != bytes_of(storage))
    throw Error(ErrorKind::data, file_.string() + ": " + tensor_of(storage) + " needs " +
                                     std::to_string(bytes_of(storage)) + " bytes, its record \"" + folder + key +
                                     "\" has " + std::to_string(record->size));
  places_[key] = {record->begin, record->size, record};
}

void TorchFile::explain_missing_directory() {
  const auto headers = ZipFile::headers_in(bytes());
  const auto pickle = std::find_if(headers.begin(), headers.end(), [](const auto& one) {
    return one.first.ends_with("/data.pkl") && !one.second.deflated;
  });
  if (pickle == headers.end())
    throw Error(ErrorKind::data, file_.string() + " is a zip file without a directory: it is cut off");
  const std::string folder = pickle->first.substr(0, pickle->first.rfind('/') + 1) + "data/";
  pickle_ = read_pickle(bytes(), file_.string(), pickle->second.begin);
  collect(*pickle_.root, "", 0);
  for (const auto& [key, storage] : pickle_.storages) {
    const auto found = headers.find(folder + key);
    const size_t begin = found == headers.end() ? bytes().size() : found->second.begin;
    if (found == headers.end() || (!found->second.deflated && bytes().size() - begin < bytes_of(*storage)))
      cut_off(*storage, begin);
  }
  throw Error(ErrorKind::data,
              file_.string() + " is cut off after its last tensor: the zip file's directory is missing");
}

std::string TorchFile::tensor_of(const Value& storage) const {
  for (const Dictionary& each : dictionaries_)
    for (const auto& [key, value] : each.values)
      if (value->storage == &storage) return "tensor \"" + (each.path.empty() ? key : each.path + "." + key) + "\"";
  return "storage \"" + storage.text + "\"";
}

void TorchFile::cut_off(const Value& storage, size_t begin) const {
  throw Error(ErrorKind::data, file_.string() + " is cut off: " + tensor_of(storage) + " needs " +
                                   std::to_string(bytes_of(storage)) + " bytes from byte " + std::to_string(begin) +
                                   ", the file has " + std::to_string(bytes().size()));
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
  Dictionary all;
  for (auto& [name, tensor] : read_tensors(file_)) {
    all.names.push_back(name);
    plain_.emplace(name, std::move(tensor));
  }
  dictionaries_.push_back(std::move(all));
}

void TorchFile::collect(const Value& dict, const std::string& path, int depth) {
  if (!dict.is(Kind::dict) || depth > kDeepest || !around_.insert(&dict).second) return;
  const auto refuse = [&](const std::string& what) { throw Error(ErrorKind::data, file_.string() + ": " + what); };
  const auto checked = [&](const std::string& name) -> const std::string& {
    if (name.size() > kLongestName)
      refuse("a name has " + std::to_string(name.size()) + " letters (\"" + name.substr(0, 40) + "…\")");
    return name;
  };
  seen_ += dict.entries.size();
  if (seen_ > kMostEntries) refuse("its dictionaries hold each other so often that nobody can look at all of them");
  Dictionary found{path, {}};
  for (const auto& [key, value] : dict.entries) {
    if (!key->is(Kind::text) || !value->is(Kind::tensor)) continue;
    if (!found.values.contains(checked(key->text))) found.names.push_back(key->text);
    found.values[key->text] = value;  // of a name that is there twice the last counts, as in Python
  }
  if (!found.names.empty()) dictionaries_.push_back(std::move(found));
  for (const auto& [key, value] : dict.entries) {  // an optimiser's state has numbers for keys
    if (!value->is(Kind::dict)) continue;
    const std::string name = key->is(Kind::integer) ? std::to_string(key->integer) : checked(key->text);
    collect(*value, path.empty() ? name : path + "." + name, depth + 1);
  }
  around_.erase(&dict);
}

const Dictionary* TorchFile::dictionary(const std::string& path) const {
  for (const Dictionary& each : dictionaries_)
    if (each.path == path) return &each;
  return nullptr;
}

std::string_view TorchFile::storage_bytes(const std::string& key) const {
  const Place& place = places_.at(key);
  if (!place.record) return bytes().substr(place.begin, place.bytes);
  if (read_key_ != key || read_bytes_.data() == nullptr) {
    read_bytes_ = zip_->content(*place.record, inflated_);
    read_key_ = key;
  }
  return read_bytes_;
}

at::Tensor TorchFile::tensor(const Dictionary& dictionary, const std::string& name) const {
  if (const auto plain = plain_.find(name); plain != plain_.end()) return plain->second.clone();
  const Value& value = *dictionary.values.at(name);
  if (c10::multiply_integers(value.sizes) == 0) return at::empty(value.sizes, value.storage->type);
  int64_t last = 0;  // element furthest from the first: pickles whose tensors reach beyond their storage are refused
  for (size_t i = 0; i < value.sizes.size(); ++i) last += (value.sizes[i] - 1) * value.strides[i];
  const size_t width = c10::elementSize(value.storage->type);
  at::Tensor part = at::empty({last + 1}, value.storage->type);
  std::memcpy(part.mutable_data_ptr(),
              storage_bytes(value.storage->text).data() + static_cast<size_t>(value.integer) * width, part.nbytes());
  return part.as_strided(value.sizes, value.strides, 0).clone(at::MemoryFormat::Contiguous);
}

}  // namespace retort::checkpoint
