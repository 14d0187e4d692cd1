// The `dataset` and `images` artifacts as tensors.
#include <ATen/ATen.h>

#include "core/error.h"
#include "sdk/torch/tensor_file.h"

namespace retort {
namespace {

const at::Tensor& tensor_named(const TensorList& tensors, const std::string& name, const std::string& file) {
  for (const auto& [each, tensor] : tensors) {
    if (each == name) return tensor;
  }
  throw Error(ErrorKind::data, file + " holds no tensor \"" + name + "\"");
}

std::string file_of(const std::string& kind) { return kind == "dataset" ? "data.safetensors" : "images.safetensors"; }

/// Images of each class where every class has as many; absent otherwise.
Json per_class(const LabelledImages& set) {
  const auto classes = static_cast<int64_t>(set.classes.size());
  if (classes == 0 || set.size() % classes != 0) return nullptr;
  const int64_t each = set.size() / classes;
  const at::Tensor counts = at::bincount(set.labels.cpu(), {}, classes);
  return counts.size(0) == classes && counts.eq(each).all().item<bool>() ? Json(each) : Json(nullptr);
}

}  // namespace

at::Tensor LabelledImages::normalised(const Normalization& constants) const {
  if (pixels) return constants.apply(images);
  return normalization == constants ? images : constants.apply(normalization.invert(images));
}

LabelledImages read_images(const Artifact& artifact) {
  if (artifact.meta.value("stored", "pixels") != "pixels") {
    throw Error(ErrorKind::user,
                "this node reads decoded images; the data set is stored encoded: give it \"stored\": \"pixels\"");
  }
  const std::string name = file_of(artifact.kind);
  const TensorList tensors = read_tensors(artifact.file(name));
  LabelledImages set;
  set.images = tensor_named(tensors, "images", name);
  set.labels = tensor_named(tensors, "labels", name);
  set.classes = artifact.meta.value("classes", std::vector<std::string>{});
  if (artifact.meta.contains("normalization"))
    set.normalization = Normalization::from_json(artifact.meta["normalization"]);
  set.pixels = artifact.meta.value("space", "pixels") == "pixels";
  if (set.images.dim() != 4 || set.labels.dim() != 1 || set.images.size(0) != set.labels.size(0)) {
    throw Error(ErrorKind::data, name + " holds images " + c10::str(set.images.sizes()) + " and labels " +
                                     c10::str(set.labels.sizes()) + "; expected [N,C,H,W] and [N]");
  }
  return set;
}

void write_images(Output& output, const std::string& kind, const LabelledImages& images, const Json& more) {
  write_tensors(output.file(file_of(kind)), {{"images", images.images}, {"labels", images.labels.to(at::kLong)}});
  Json& meta = output.meta;
  meta["count"] = images.size();
  meta["classes"] = images.classes;
  meta["image_size"] = images.images.size(3);
  meta["channels"] = images.images.size(1);
  meta["normalization"] = images.normalization.json();
  if (kind != "dataset") {
    meta["space"] = images.pixels ? "pixels" : "normalized";
    if (const Json each = per_class(images); !each.is_null()) meta["per_class"] = each;
  }
  meta.update(more);
}

}  // namespace retort
