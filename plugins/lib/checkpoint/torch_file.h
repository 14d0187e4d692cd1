#pragma once
// Files that training programs save their networks in: torch.save's zip and the stream it wrote before 1.6, and
// safetensors. Nothing in a file is executed (pickle.h); tensors are copied out one by one, from a mapped file.
#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "checkpoint/pickle.h"
#include "checkpoint/zip_file.h"
#include "sdk/torch/tensor_file.h"

namespace retort::checkpoint {

/// One dictionary of a file that holds tensors: where it lies ("" is the file itself, "model", "a.b"), and their names.
struct Dictionary {
  std::string path;
  std::vector<std::string> names;
  std::map<std::string, const Value*> values = {};  ///< their descriptions; none in a safetensors file
};

class TorchFile {
 public:
  /// Throws Error(data) for what is no such file, is cut off (naming the first tensor whose bytes are missing) or holds
  /// more than a state dictionary's constructs.
  explicit TorchFile(std::filesystem::path file);

  const std::filesystem::path& file() const { return file_; }
  const std::vector<Dictionary>& dictionaries() const { return dictionaries_; }  ///< in file order
  const Dictionary* dictionary(const std::string& path) const;                   ///< nullptr: none of this path
  /// A copy of its own, contiguous.
  at::Tensor tensor(const Dictionary& dictionary, const std::string& name) const;

 private:
  /// Where the bytes of a storage are: in the file, or in a record of it.
  struct Place {
    size_t begin = 0, bytes = 0;
    const ZipRecord* record = nullptr;
  };

  void open_zip();
  void open_stream();
  void open_safetensors();
  std::string pickle_record() const;
  void place(const std::string& key, const Value& storage, const std::string& folder);
  void collect(const Value& dict, const std::string& path, int depth);
  size_t bytes_of(const Value& storage) const;
  std::string_view storage_bytes(const std::string& key) const;
  std::string tensor_of(const Value& storage) const;
  /// Finds the records of a zip whose directory is missing, to say which tensor is cut off.
  [[noreturn]] void explain_missing_directory();
  [[noreturn]] void cut_off(const Value& storage, size_t begin) const;
  std::string_view bytes() const;

  std::filesystem::path file_;
  at::Tensor mapped_;  // uint8
  std::optional<ZipFile> zip_;
  Pickle pickle_;
  std::set<const Value*> around_;  // the dictionaries that the one being looked at lies in: it may hold one of them
  size_t seen_ = 0;                // entries looked at
  std::vector<Dictionary> dictionaries_;
  std::map<std::string, Place> places_;      // of storages, by key
  std::map<std::string, at::Tensor> plain_;  // safetensors
  mutable std::string read_key_, inflated_;  // the storage that was read last
  mutable std::string_view read_bytes_;
};

/// Writes an ordered dictionary of tensors as torch.save does; torch.load(weights_only=True) reads it.
void write_torch_file(OutputFile& file, const TensorList& tensors);

}  // namespace retort::checkpoint
