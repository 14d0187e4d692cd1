#include "kinds/all/shared_facts.h"

namespace retort {

Kind images_kind() {
  Kind kind("images", "Images to learn from: recovered, distilled or chosen ones");
  kind.file("images.safetensors", "All images, class by class")
      .tensor({"images", {"uint8", "float32"}, "[N, C, H, W]", "Values in the space that the meta names"})
      .tensor({"labels", {"int64"}, "[N]", "Class, 0 to K - 1"});
  add_zca_file(kind);
  kind.file("soft_labels.safetensors", "Labels that were learnt with the images")
      .when("soft_labels")
      .tensor({"probabilities", {"float32"}, "[N, K]", "Of each class; a row sums to 1"});
  kind.file("provenance.safetensors", "Which real images they are")
      .optional()
      .tensor({"indices", {"int64"}, "[N]", "Place in the data set"});
  kind.meta("count", "integer", "N, the number of images");
  kind.meta(classes_fact());
  kind.meta(image_size_fact());
  kind.meta(channels_fact());
  kind.meta(normalization_fact());
  kind.meta(space_fact({"pixels", "normalized", "zca"}));
  kind.meta("per_class", "integer", "Images of each class, where all have as many").optional();
  kind.meta("codec", "string", "What the images went through").one_of({"none", "png", "jpeg"}).optional();
  kind.meta("quality", "integer", "Quality of the JPEG codec, 1 to 100").optional();
  kind.meta("bytes", "integer", "What the images take, in bytes: encoded where they went through a codec").optional();
  kind.meta("source", "string", "What they are: recover, real, patches, …").optional();
  kind.meta("soft_labels", "bool", "The labels in soft_labels.safetensors count").optional();
  kind.meta("learning_rate", "number", "Learnt with the images, for the student's SGD").optional();
  kind.meta(made_of_fact("data")).optional();
  return kind;
}

}  // namespace retort
