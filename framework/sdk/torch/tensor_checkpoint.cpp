#include "sdk/torch/tensor_checkpoint.h"

#include <ATen/ATen.h>

#include <cstring>

#include "core/error.h"

namespace retort {
namespace {

std::string list_name(const std::string& prefix) { return prefix + ".tensors"; }
std::string blob_name(const std::string& prefix, size_t index) { return prefix + "." + std::to_string(index); }

}  // namespace

void add_tensors(std::map<std::string, std::string>& blobs, const std::string& prefix, const TensorList& tensors) {
  Json list = Json::array();
  for (size_t i = 0; i < tensors.size(); ++i) {
    const auto& [name, tensor] = tensors[i];
    const auto plain = tensor.detach().to(at::kCPU).contiguous();
    list.push_back({{"name", name}, {"type", static_cast<int>(plain.scalar_type())}, {"shape", plain.sizes().vec()}});
    blobs[blob_name(prefix, i)] = std::string(static_cast<const char*>(plain.const_data_ptr()), plain.nbytes());
  }
  blobs[list_name(prefix)] = list.dump();
}

TensorList tensors_in(const std::map<std::string, std::string>& blobs, const std::string& prefix) {
  TensorList tensors;
  const auto found = blobs.find(list_name(prefix));
  if (found == blobs.end()) return tensors;
  const Json list = Json::parse(found->second);
  for (size_t i = 0; i < list.size(); ++i) {
    const auto& bytes = blobs.at(blob_name(prefix, i));
    auto tensor = at::empty(list[i]["shape"].get<std::vector<int64_t>>(),
                            static_cast<at::ScalarType>(list[i]["type"].get<int>()));
    if (bytes.size() != tensor.nbytes())
      throw Error(ErrorKind::data, "checkpoint: tensor \"" + list[i]["name"].get<std::string>() + "\" has " +
                                       std::to_string(bytes.size()) + " bytes, not " + std::to_string(tensor.nbytes()));
    std::memcpy(tensor.mutable_data_ptr(), bytes.data(), bytes.size());
    tensors.emplace_back(list[i]["name"], tensor);
  }
  return tensors;
}

}  // namespace retort
