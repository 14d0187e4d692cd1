#include "vision/data_set.h"

#include <ATen/ATen.h>
#include <unistd.h>

#include <algorithm>

#include "core/error.h"
#include "core/processors.h"
#include "vision/decoding_loader.h"

namespace retort::vision {
namespace {

constexpr int64_t kMostDecoders = 16;

LabelledImages facts_of(const EncodedImages& set) {
  LabelledImages facts;
  facts.labels = set.labels();
  facts.classes = set.meta().value("classes", std::vector<std::string>{});
  facts.normalization = Normalization::from_json(set.meta().at("normalization"));
  return facts;
}

void check_memory(int64_t images, int64_t bytes_each) {
  const double wanted = static_cast<double>(images) * static_cast<double>(bytes_each);
  const double there = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  if (wanted <= there) return;
  const auto gib = [](double bytes) { return std::to_string(static_cast<int64_t>(bytes / (1 << 30))) + " GiB"; };
  throw Error(ErrorKind::user, "this node looks at all images at once, and decoded they take " + gib(wanted) +
                                   "; the machine has " + gib(there) +
                                   ": take fewer images (\"classes\", \"per_class\") or a smaller \"image_size\"");
}

}  // namespace

void declare_decoders(Declare& d, std::optional<int64_t>& decoders) {
  d.param("decoders", decoders, "Threads that decode an encoded data set; absent: one a core, at most 16")
      .between(1, 256)
      .not_in_key();
}

DataSet::DataSet(const Artifact& artifact, std::optional<int64_t> decoders)
    : decoders_(
          static_cast<int>(decoders.value_or(std::min<int64_t>(static_cast<int64_t>(usable_cores()), kMostDecoders)))) {
  if (EncodedImages::is(artifact)) {
    encoded_ = std::make_shared<EncodedImages>(artifact);
    set_ = facts_of(*encoded_);
  } else {
    set_ = read_images(artifact);
  }
  if (size() == 0) throw Error(ErrorKind::data, "the data set has no images");
}

int64_t DataSet::image_size() const {
  return encoded_ ? encoded_->meta().at("image_size").get<int64_t>() : set_.images.size(3);
}

int64_t DataSet::channels() const {
  return encoded_ ? encoded_->meta().at("channels").get<int64_t>() : set_.images.size(1);
}

DataSet DataSet::part(int64_t first, int64_t count) const {
  DataSet part = *this;
  part.set_.labels = set_.labels.narrow(0, first, count);
  if (encoded_)
    part.first_ += first;
  else
    part.set_.images = set_.images.narrow(0, first, count);
  return part;
}

DataSet DataSet::to(const at::Device& device) const {
  DataSet moved = *this;
  moved.set_.labels = set_.labels.to(device);
  if (!encoded_) moved.set_.images = set_.images.to(device);
  return moved;
}

LabelledImages DataSet::at(const at::Tensor& indices) const {
  const at::Tensor labels = set_.labels.index_select(0, indices.to(set_.labels.device()));
  if (!encoded_) return with(set_.images.index_select(0, indices.to(set_.images.device())), labels);
  DecodingLoader loader(*encoded_, decoders_, 1);
  loader.ask(files(indices));
  return with(loader.next().at(0), labels);
}

LabelledImages DataSet::all() const {
  if (!encoded_) return set_;
  check_memory(size(), channels() * image_size() * image_size());
  return at(at::arange(size(), at::kLong));
}

void DataSet::each(int64_t batch, const std::function<void(const LabelledImages&)>& use) const {
  const auto length = [&](int64_t start) { return std::min(batch, size() - start); };
  std::optional<DecodingLoader> loader;
  if (encoded_) {
    loader.emplace(*encoded_, decoders_, 2);
    for (int64_t start = 0; start < size(); start += batch)
      loader->ask(files(at::arange(start, start + length(start), at::kLong)));
  }
  for (int64_t start = 0; start < size(); start += batch)
    use(with(loader ? loader->next().at(0) : set_.images.narrow(0, start, length(start)),
             set_.labels.narrow(0, start, length(start))));
}

LabelledImages DataSet::with(at::Tensor images, at::Tensor labels) const {
  LabelledImages some = set_;
  some.images = std::move(images), some.labels = std::move(labels);
  return some;
}

std::vector<int64_t> DataSet::files(const at::Tensor& indices) const {
  const at::Tensor numbers = (indices + first_).contiguous();
  const int64_t* begin = numbers.const_data_ptr<int64_t>();
  return {begin, begin + numbers.numel()};
}

}  // namespace retort::vision
