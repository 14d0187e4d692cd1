#include "kinds/all/shared_facts.h"

namespace retort {

Kind dataset_kind() {
  Kind kind("dataset", "Labelled images of a data set, as decoded pixels or as the files they came in");
  const auto encoded = [](auto& fact) -> auto& { return fact.when("stored", {"encoded"}); };
  kind.file("data.safetensors", "All images")
      .unless("stored", {"encoded"})
      .tensor({"images", {"uint8", "float32"}, "[N, C, H, W]", "Pixels, bytes or 0 to 1"})
      .tensor({"labels", {"int64"}, "[N]", "Class, 0 to K - 1"});
  encoded(kind.file("images.bin", "All image files, one after the other"));
  encoded(kind.file("index.safetensors", "Where each is"))
      .tensor({"offsets", {"int64"}, "[N]", "First byte in images.bin"})
      .tensor({"lengths", {"int64"}, "[N]", "Bytes"})
      .tensor({"labels", {"int64"}, "[N]", "Class, 0 to K - 1"})
      .tensor({"heights", {"int64"}, "[N]", "Before it is resized, in pixels"})
      .tensor({"widths", {"int64"}, "[N]", "Before it is resized, in pixels"});
  kind.meta("stored", "string", "How; pixels if it is absent").one_of({"pixels", "encoded"}).optional();
  kind.meta("count", "integer", "N, the number of images");
  kind.meta(classes_fact());
  kind.meta(image_size_fact());
  kind.meta(channels_fact());
  kind.meta(normalization_fact());
  encoded(kind.meta("resize", "integer", "What the shorter side becomes when one is decoded, in pixels"));
  encoded(kind.meta("interpolation", "string", "How it is resized").one_of({"bilinear", "bicubic"}));
  kind.meta("titles", "list of string", "Words for the names in classes, where those are ids").optional();
  return kind;
}

}  // namespace retort
