#include "report/tensor_view.h"

#include "core/error.h"
#include "core/plugin_spec.h"

namespace retort {
namespace {

constexpr uint64_t kLargestHeader = 100 << 20;

[[noreturn]] void bad(const std::string& what) { throw Error(ErrorKind::data, "the tensor file " + what); }

uint64_t size_of(std::istream& in) {
  in.seekg(0, std::ios::end);
  const auto size = in.tellg();
  in.seekg(0);
  return size < 0 ? 0 : static_cast<uint64_t>(size);
}

/// Bytes of all elements if the shape fits them, which keeps rows of equal size.
bool fits(const std::string& type, const std::vector<uint64_t>& shape, uint64_t size) {
  uint64_t count = type == "I64" || type == "F64" ? 8 : type == "F32" || type == "I32" ? 4 : type == "U8" ? 1 : 2;
  for (const uint64_t extent : shape) {
    if (extent != 0 && count > size / extent) return false;
    count *= extent;
  }
  return count == size;
}

}  // namespace

TensorView::TensorView(std::istream& in, const std::string& name) : in_(in), name_(name) {
  const uint64_t size = size_of(in);
  uint64_t length = 0;
  if (size < sizeof length || !in.read(reinterpret_cast<char*>(&length), sizeof length)) bad("is cut off");
  if (length > kLargestHeader || length > size - sizeof length) bad("has no whole header");
  std::string header(length, '\0');
  in.read(header.data(), static_cast<std::streamsize>(length));
  const Json json = Json::parse(header, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains(name)) bad("holds no tensor \"" + name + "\"");
  uint64_t begin = 0, end = 0;
  try {
    type_ = json[name].at("dtype");
    shape_ = json[name].at("shape").get<std::vector<uint64_t>>();
    begin = json[name].at("data_offsets").at(0);
    end = json[name].at("data_offsets").at(1);
  } catch (const Json::exception&) {
    bad("describes tensor \"" + name + "\" in a way that is not read here");
  }
  const uint64_t data = sizeof length + length;
  if (end < begin || end > size - data) bad("ends before tensor \"" + name + "\" does");
  begin_ = data + begin;
  size_ = end - begin;
  if (!fits(type_, shape_, size_)) bad("has tensor \"" + name + "\" of a shape that does not fit its bytes");
}

std::string TensorView::bytes(uint64_t from, uint64_t count) const {
  std::string bytes(count, '\0');
  in_.clear();
  in_.seekg(static_cast<std::streamoff>(begin_ + from));
  if (!in_.read(bytes.data(), static_cast<std::streamsize>(count))) bad("cannot be read");
  return bytes;
}

std::string TensorView::row(uint64_t index) const {
  RETORT_CHECK(!shape_.empty() && index < shape_[0]);
  const uint64_t each = size_ / shape_[0];
  return bytes(index * each, each);
}

}  // namespace retort
