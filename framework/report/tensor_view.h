#pragma once
// One tensor of a safetensors file, read where it lies: the engine shows images without libtorch.
#include <cstdint>
#include <istream>
#include <string>
#include <vector>

namespace retort {

class TensorView {
 public:
  /// Reads the header. `in` must outlive the view. Throws Error(data) saying what is wrong if there is no such tensor,
  /// or the bytes end before it does.
  TensorView(std::istream& in, const std::string& name);

  const std::string& type() const { return type_; }  ///< "U8", "F32", "I64", …
  const std::vector<uint64_t>& shape() const { return shape_; }
  std::string row(uint64_t index) const;  ///< bytes of one index of the first dimension
  std::string all() const { return bytes(0, size_); }

 private:
  std::string bytes(uint64_t from, uint64_t count) const;

  std::istream& in_;
  std::string name_, type_;
  std::vector<uint64_t> shape_;
  uint64_t begin_ = 0, size_ = 0;  ///< in the stream
};

}  // namespace retort
