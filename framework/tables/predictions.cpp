#include "tables/predictions.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>

#include "core/files.h"

namespace retort {
namespace {

constexpr size_t kPrefix = 8;  // length of the header, little-endian

template <class T>
T read_as(std::string_view bytes, size_t index) {
  T value;
  std::memcpy(&value, bytes.data() + index * sizeof value, sizeof value);
  return value;
}

float half_to_float(uint16_t half) {
  const int exponent = (half >> 10) & 31, mantissa = half & 1023;
  const float sign = half & 0x8000 ? -1.0f : 1.0f;
  if (exponent == 31) return mantissa ? std::numeric_limits<float>::quiet_NaN() : sign * HUGE_VALF;
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(mantissa), -24);
  return sign * std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
}

struct Tensor {
  std::string type;
  std::vector<uint64_t> shape;
  std::string_view bytes;
};

size_t width_of(const std::string& type) { return type == "F16" ? 2 : type == "F32" ? 4 : type == "I64" ? 8 : 0; }

std::optional<Tensor> tensor(const Json& header, const std::string& name, std::string_view data) {
  const auto found = header.find(name);
  if (found == header.end() || !found->is_object()) return std::nullopt;
  try {
    Tensor one{found->at("dtype"), found->at("shape"), {}};
    const auto offsets = found->at("data_offsets").get<std::vector<uint64_t>>();
    uint64_t size = width_of(one.type);
    for (const uint64_t side : one.shape)
      if (__builtin_mul_overflow(size, side, &size)) return std::nullopt;
    if (offsets.size() != 2 || offsets[0] > data.size() || size > data.size() - offsets[0] ||
        offsets[1] != offsets[0] + size || size == 0)
      return std::nullopt;
    one.bytes = data.substr(offsets[0], size);
    return one;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

float value_at(const Tensor& tensor, size_t index) {
  return tensor.type == "F16" ? half_to_float(read_as<uint16_t>(tensor.bytes, index))
                              : read_as<float>(tensor.bytes, index);
}

bool is_right(const Tensor& logits, size_t image, int64_t label) {
  const size_t classes = logits.shape[1];
  if (label < 0 || static_cast<size_t>(label) >= classes) return false;
  const float own = value_at(logits, image * classes + static_cast<size_t>(label));
  for (size_t c = 0; c < classes; ++c) {
    const float other = value_at(logits, image * classes + c);
    if (!(other < own) && c != static_cast<size_t>(label) && (other > own || c < static_cast<size_t>(label)))
      return false;
  }
  return !std::isnan(own);
}

}  // namespace

std::optional<std::vector<bool>> right_answers(const std::string& safetensors) {
  static_assert(std::endian::native == std::endian::little);
  if (safetensors.size() < kPrefix) return std::nullopt;
  const auto length = read_as<uint64_t>(safetensors, 0);
  if (length > safetensors.size() - kPrefix) return std::nullopt;
  const std::string_view all = safetensors;
  const Json header = Json::parse(all.substr(kPrefix, length), nullptr, /*allow_exceptions=*/false);
  if (!header.is_object()) return std::nullopt;
  const auto logits = tensor(header, "logits", all.substr(kPrefix + length));
  const auto labels = tensor(header, "labels", all.substr(kPrefix + length));
  if (!logits || !labels || logits->type == "I64" || labels->type != "I64" || logits->shape.size() != 2 ||
      labels->shape.size() != 1 || labels->shape[0] != logits->shape[0])
    return std::nullopt;
  std::vector<bool> right;
  for (size_t i = 0; i < labels->shape[0]; ++i)
    right.push_back(is_right(*logits, i, read_as<int64_t>(labels->bytes, i)));
  return right;
}

std::optional<std::vector<bool>> right_answers(const Store& store, const Record& record) {
  for (const auto& [port, output] : record.outputs)
    for (const auto& file : output.files)
      if (output.kind == "predictions" && file.name == "predictions.safetensors")
        return right_answers(store.read(record, file));
  return std::nullopt;
}

std::string images_of_predictions(const Record& record) {
  static const Json::json_pointer kPlace("/made_of/images");
  for (const auto& [port, output] : record.outputs)
    if (output.kind == "predictions" && output.meta.is_object() && output.meta.contains(kPlace) &&
        output.meta.at(kPlace).is_string())
      return output.meta.at(kPlace);
  return "";
}

}  // namespace retort
