// The `dataset` and `images` artifacts as tensors.
#include <ATen/ATen.h>

#include "core/error.h"
#include "sdk/torch/finite.h"
#include "sdk/torch/space.h"
#include "sdk/torch/tensor_file.h"

namespace retort {
namespace {

const at::Tensor& tensor_named(const TensorList& tensors, const std::string& name, const std::string& file) {
  for (const auto& [each, tensor] : tensors) {
    if (each == name) return tensor;
  }
  throw Error(ErrorKind::data, file + " holds no tensor \"" + name + "\"");
}

constexpr const char* kPixels = "pixels";

std::string file_of(const std::string& kind) { return kind == "dataset" ? "data.safetensors" : "images.safetensors"; }

/// The tensors and facts of an artifact, whatever space its images are in. Throws Error(data) for what cannot be images
/// of that space or labels of its classes, Error(not_a_number) for values that are none.
LabelledImages as_stored(const Artifact& artifact) {
  if (artifact.meta.value("stored", "pixels") != "pixels") {
    throw Error(ErrorKind::user,
                "this node reads decoded images; the data set is stored encoded: give it \"stored\": \"pixels\"");
  }
  const std::string name = file_of(artifact.kind), space = space_name(artifact);
  const TensorList tensors = read_tensors(artifact.file(name));
  LabelledImages set;
  set.images = tensor_named(tensors, "images", name);
  set.labels = tensor_named(tensors, "labels", name);
  set.classes = artifact.meta.value("classes", std::vector<std::string>{});
  if (artifact.meta.contains("normalization"))
    set.normalization = Normalization::from_json(artifact.meta["normalization"]);
  if (set.images.dim() != 4 || set.labels.dim() != 1 || set.images.size(0) != set.labels.size(0)) {
    throw Error(ErrorKind::data, name + " holds images " + c10::str(set.images.sizes()) + " and labels " +
                                     c10::str(set.labels.sizes()) + "; expected [N,C,H,W] and [N]");
  }
  const bool bytes = set.images.scalar_type() == at::kByte;
  if (!set.images.is_floating_point() && !(bytes && space == kPixels))
    throw Error(ErrorKind::data, name + " holds images of type " + at::toString(set.images.scalar_type()) +
                                     ", which are none in the space \"" + space + "\"");
  check_finite(set.images, "images", name);
  check_labels(set.labels, set.classes.size(), name);
  return set;
}

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

std::string space_name(const Artifact& artifact) {
  const auto found = artifact.meta.find("space");
  if (found == artifact.meta.end() && artifact.kind == "dataset") return kPixels;
  if (found == artifact.meta.end())
    throw Error(ErrorKind::data, "this artifact of kind " + artifact.kind +
                                     " does not say what space it is in (\"space\": pixels, normalized or zca): its "
                                     "values could mean anything");
  if (found->is_string() && (*found == kPixels || *found == "normalized" || *found == "zca")) return *found;
  throw Error(ErrorKind::data, "this artifact of kind " + artifact.kind + " is in the space " + found->dump() +
                                   "; known here are pixels, normalized and zca");
}

at::Tensor pixels_of(const LabelledImages& images) {
  return images.pixels ? images.images : images.normalization.invert(images.images);
}

at::Tensor pixel_bytes(const LabelledImages& images) {
  const at::Tensor pixels = pixels_of(images);
  if (pixels.scalar_type() == at::kByte) return pixels;
  return pixels.clamp(0, 1).mul(255).round().to(at::kByte);
}

LabelledImages read_images(const Artifact& artifact) {
  LabelledImages set = as_stored(artifact);
  const std::string space = space_name(artifact);
  set.pixels = space == kPixels;
  if (space != "zca") return set;
  set.images = Space::read(artifact).leave(set.images);
  set.pixels = true;
  return set;
}

SpacedImages SpacedImages::read(const Artifact& artifact) {
  const LabelledImages stored = as_stored(artifact);
  Space space = Space::read(artifact);
  const bool pixels = space_name(artifact) == kPixels;
  return {pixels ? space.enter(stored.images) : stored.images, stored.labels, stored.classes, std::move(space)};
}

void SpacedImages::write(Output& output, const Json& more) const {
  LabelledImages set;
  set.images = values, set.labels = labels, set.classes = classes;
  set.normalization = space.constants();
  set.pixels = false;
  write_images(output, "images", set, more);
  space.write(output);
}

void write_images(Output& output, const std::string& kind, const LabelledImages& images, const Json& more) {
  RETORT_CHECK(!more.contains("space"));
  check_labels(images.labels, images.classes.size(), file_of(kind));
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
