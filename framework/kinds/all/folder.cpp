#include "kinds/all/shared_facts.h"

namespace retort {

Kind folder_kind() {
  Kind kind("folder", "Files for other programs: images a folder a class, or a network");
  kind.file("*/*.png", "An image: CLASS/NUMBER").when("format", {"png"}).optional();
  kind.file("*/*.jpg", "An image: CLASS/NUMBER").when("format", {"jpeg"}).optional();
  kind.file("*/.empty", "Keeps the folder of a class without images").when("format", {"png", "jpeg"}).optional();
  kind.file("images.safetensors", "All images")
      .when("format", {"safetensors"})
      .tensor({"images", {"uint8"}, "[N, C, H, W]", "Pixels"})
      .tensor({"labels", {"int64"}, "[N]", "Class, 0 to K - 1"});
  kind.file("model.safetensors", "The network")
      .when("file", {"model.safetensors"})
      .tensor({"*", {}, "", "By torchvision's (timm's) names, after the prefix"});
  kind.file("model.pt", "The network, for torch.load(weights_only=True)").when("file", {"model.pt"});
  kind.meta("format", "string", "How images are stored").one_of({"png", "jpeg", "safetensors"}).unless("file");
  kind.meta("count", "integer", "N, the number of images").when("format");
  kind.meta(classes_fact()).when("format");
  kind.meta("folders", "list of string", "Of the classes, in their order").when("format", {"png", "jpeg"});
  kind.meta("file", "string", "The one file").one_of({"model.safetensors", "model.pt"}).unless("format");
  kind.meta("tensors", "integer", "How many").when("file");
  kind.meta(normalization_fact()).when("file");
  return kind;
}

}  // namespace retort
