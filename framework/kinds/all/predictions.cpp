#include "kinds/all/shared_facts.h"

namespace retort {

Kind predictions_kind() {
  Kind kind("predictions", "What a network says of every image, for intervals over images");
  kind.file("predictions.safetensors", "An answer an image, in the order of the data set")
      .tensor({"logits", {"float16", "float32"}, "[N, K]", "Or logarithms of votes; clamped to the type's range"})
      .tensor({"labels", {"int64"}, "[N]", "The right class, 0 to K - 1"});
  kind.meta("count", "integer", "N, the number of images");
  kind.meta("classes", "integer", "K, the number of classes");
  kind.meta(made_of_fact("images"));
  return kind;
}

}  // namespace retort
