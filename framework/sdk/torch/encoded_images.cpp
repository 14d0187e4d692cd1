#include "sdk/torch/encoded_images.h"

#include <ATen/ATen.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/error.h"
#include "sdk/torch/finite.h"

namespace retort {
namespace {

constexpr const char* kPacked = "images.bin";
constexpr const char* kIndex = "index.safetensors";

at::Tensor column(const TensorList& index, const std::string& name) {
  for (const auto& [each, tensor] : index) {
    if (each == name && tensor.dim() == 1 && tensor.scalar_type() == at::kLong) return tensor.contiguous();
  }
  throw Error(ErrorKind::data, std::string(kIndex) + " holds no int64 [N] \"" + name + "\"");
}

}  // namespace

EncodedWriter::EncodedWriter(Output& output) : output_(output), packed_(output.file(kPacked)) {}

void EncodedWriter::add(std::string_view bytes, int64_t label, int64_t height, int64_t width) {
  offsets_.push_back(offsets_.empty() ? 0 : offsets_.back() + lengths_.back());
  lengths_.push_back(static_cast<int64_t>(bytes.size()));
  labels_.push_back(label);
  heights_.push_back(height);
  widths_.push_back(width);
  packed_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

void EncodedWriter::finish(const std::vector<std::string>& classes, int64_t image_size,
                           const Normalization& normalization, const Json& more) {
  packed_.close();
  write_tensors(output_.file(kIndex), {{"offsets", at::tensor(offsets_, at::kLong)},
                                       {"lengths", at::tensor(lengths_, at::kLong)},
                                       {"labels", at::tensor(labels_, at::kLong)},
                                       {"heights", at::tensor(heights_, at::kLong)},
                                       {"widths", at::tensor(widths_, at::kLong)}});
  output_.meta = {{"stored", "encoded"},      {"count", labels_.size()}, {"classes", classes},
                  {"image_size", image_size}, {"channels", 3},           {"normalization", normalization.json()}};
  output_.meta.update(more);
}

bool EncodedImages::is(const Artifact& artifact) { return artifact.meta.value("stored", "") == "encoded"; }

EncodedImages::EncodedImages(const Artifact& artifact) : file_(artifact.file(kPacked)), meta_(artifact.meta) {
  const TensorList index = read_tensors(artifact.file(kIndex));
  offsets_ = column(index, "offsets"), lengths_ = column(index, "lengths"), labels_ = column(index, "labels");
  heights_ = column(index, "heights"), widths_ = column(index, "widths");
  const int64_t bytes = static_cast<int64_t>(std::filesystem::file_size(file_));
  const bool fits =
      offsets_.sizes() == labels_.sizes() && lengths_.sizes() == labels_.sizes() &&
      heights_.sizes() == labels_.sizes() && widths_.sizes() == labels_.sizes() &&
      (labels_.numel() == 0 || (offsets_.min().item<int64_t>() >= 0 && lengths_.min().item<int64_t>() >= 0 &&
                                (offsets_ + lengths_).max().item<int64_t>() <= bytes));
  if (!fits) throw Error(ErrorKind::data, std::string(kIndex) + " does not fit " + file_.string());
  check_labels(labels_, meta_.value("classes", std::vector<std::string>{}).size(), kIndex);
  descriptor_ = ::open(file_.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0) throw Error(ErrorKind::data, "cannot read " + file_.string() + ": " + std::strerror(errno));
}

EncodedImages::~EncodedImages() { ::close(descriptor_); }

bool EncodedImages::uniform() const {
  const int64_t side = meta_.at("image_size");
  return heights_.eq(side).logical_and_(widths_.eq(side)).all().item<bool>() && meta_.value("resize", side) == side;
}

std::string EncodedImages::bytes(int64_t i) const {
  RETORT_CHECK(i >= 0 && i < size());
  int64_t at = offsets_.const_data_ptr<int64_t>()[i];
  std::string read(static_cast<size_t>(lengths_.const_data_ptr<int64_t>()[i]), '\0');
  for (size_t have = 0; have < read.size();) {
    const ssize_t got = ::pread(descriptor_, read.data() + have, read.size() - have, at + static_cast<int64_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0)
      throw Error(ErrorKind::data,
                  "cannot read " + name(i) + (got < 0 ? std::string(": ") + std::strerror(errno) : ""));
    have += static_cast<size_t>(got);
  }
  return read;
}

std::string EncodedImages::name(int64_t i) const { return "image " + std::to_string(i) + " of " + kPacked; }

}  // namespace retort
