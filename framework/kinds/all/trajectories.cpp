#include "kinds/all/shared_facts.h"

namespace retort {

Kind trajectories_kind() {
  Kind kind("trajectories", "Parameters of experts over the epochs of their training");
  kind.file("expert_*.safetensors", "One expert")
      .tensor({"epoch_*", {"float32", "bfloat16"}, "[P]", "All parameters after that epoch, flat, one after the other"})
      .tensor({"loss", {"float64"}, "[E]", "Mean loss of each epoch"});
  add_zca_file(kind);
  kind.meta("experts", "integer", "How many");
  kind.meta("epochs", "list of integer", "After which the parameters are kept; 0: before the first");
  kind.meta("names", "list of string", "Of the parameters");
  kind.meta("shapes", "list of list of integer", "Of the parameters");
  kind.meta("storage", "string", "Type of the numbers").one_of({"float32", "bfloat16"});
  kind.meta(architecture_fact(/*with_classes=*/false));
  kind.meta(classes_fact());
  kind.meta(image_size_fact());
  kind.meta(channels_fact());
  kind.meta(space_fact({"normalized", "zca"}));
  kind.meta(normalization_fact());
  kind.meta(made_of_fact("data"));
  return kind;
}

}  // namespace retort
