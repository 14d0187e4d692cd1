#include "kinds/all/shared_facts.h"

namespace retort {

Kind labels_kind() {
  Kind kind("labels", "Labels of images, of views of them, or the networks that give them");
  kind.file("labels.safetensors", "A label an image")
      .when("form", {"image"})
      .tensor({"logits", {"float32"}, "[N, K]", "Mean of the teachers, before any temperature"})
      .tensor({"labels", {"int64"}, "[N]", "Class, 0 to K - 1"});
  kind.file("epoch-*.safetensors", "The views of an epoch and their labels")
      .when("form", {"replay"})
      .tensor({"order", {"int32"}, "[N]", "Which image, step by step"})
      .tensor({"logits", {"float16"}, "[N, K]", "Of each view, clamped to the type's range"})
      .tensor({"boxes", {"int16"}, "[N, 4]", "Crop: top, left, height, width, in pixels", /*may_lack=*/true})
      .tensor({"offsets", {"int16"}, "[N, 2]", "Shift: down, right, in pixels", /*may_lack=*/true})
      .tensor({"flips", {"bool"}, "[N]", "Mirrored", /*may_lack=*/true})
      .tensor({"mix_partner", {"int32"}, "[N]", "With which of the step it is mixed", /*may_lack=*/true})
      .tensor({"mix_share", {"float64"}, "[S]", "Of the own image, a number a step", /*may_lack=*/true})
      .tensor(
          {"mix_box", {"int64"}, "[S, 4]", "What is pasted: top, left, height, width, in pixels", /*may_lack=*/true});
  kind.file("teacher-*.safetensors", "Weights of a teacher, as in a classifier")
      .when("form", {"labeller"})
      .tensor({"*", {}, "", "By torchvision's (timm's) names"});
  kind.meta("form", "string",
            "hard: the classes of the images; image: one an image; replay: one a view; labeller: made when asked")
      .one_of({"hard", "image", "replay", "labeller"});
  kind.meta(classes_fact()).unless("form", {"hard"});
  const std::vector<std::string> stored{"image", "replay"};
  kind.meta("count", "integer", "N, the number of images").when("form", stored);
  kind.meta("teacher_images", "integer", "Images that teachers looked at for it").when("form", stored);
  kind.meta(made_of_fact("images")).when("form", stored);
  kind.meta("replay", "object", "What the views are")
      .when("form", {"replay"})
      .holds({{"epochs", "integer", "Epochs that are stored"},
              {"batch", "integer", "Images a step"},
              {"count", "integer", "N, the number of images"},
              {"size", "integer", "Side of a view, in pixels"},
              {"views", "object", "Recipe of crops and flips"},
              MetaFact("mixing", "string", "How two views are mixed").one_of({"none", "mixup", "cutmix"}),
              {"teachers", "integer", "How many gave the labels"}});
  kind.meta("settings", "object", "How the teachers label")
      .when("form", {"labeller"})
      .holds({MetaFact("mode", "string", "Statistics of BatchNorm: running, or the batch's").one_of({"eval", "train"}),
              {"splits", "integer", "Parts of a batch with statistics of their own"},
              {"teacher_weights", "list of number", "Of the teachers' logits; empty: all alike"}});
  kind.meta("teachers", "list of object", "The meta of each classifier")
      .when("form", {"labeller"})
      .holds(network_facts());
  return kind;
}

}  // namespace retort
