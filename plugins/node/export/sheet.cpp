// One picture that shows images of several sources beside each other, with the names of their classes.
#include <ATen/ATen.h>

#include "core/error.h"
#include "core/files.h"
#include "picture_sheet.h"
#include "sdk/node.h"
#include "sdk/torch/space.h"
#include "vision/codec.h"
#include "vision/data_set.h"

namespace {

using namespace retort;

class ExportSheet final : public Node {
 public:
  void declare(Declare& d) override {
    d.about("A picture of images side by side: a row a class, a block of columns a source");
    d.inputs("images", images_, "images", "Sources of one set of classes, from left to right").also("dataset");
    d.output("sheet", sheet_, "sheet", "sheet.png");
    d.param("titles", titles_, "What stands above each block; as many as images");
    d.param("per_class", per_class_, "Images of each class and source, the first ones").at_least(1);
    d.param("classes", classes_, "Classes shown, the first ones").at_least(1);
    d.param("zoom", zoom_, "Enlargement of the images").at_least(1);
  }

  void run(Run& run) override {
    if (titles_.size() != images_.size())
      throw Error(ErrorKind::user, "\"titles\" has " + std::to_string(titles_.size()) + " texts for " +
                                       std::to_string(images_.size()) + " links of \"images\": give one for each");
    std::vector<sheet::Block> blocks;
    std::vector<std::string> names;
    at::Tensor first;
    for (size_t i = 0; i < images_.size(); ++i) {
      run.stop_if_cancelled();
      const auto source = vision::decoded(images_[i]);
      const auto pixels = pixel_bytes(source);
      if (i == 0) {
        names = source.classes;
        first = pixels;
      }
      check(i, source.classes == names, pixels, first);
      const auto shown = std::min(classes_, static_cast<int64_t>(names.size()));
      blocks.push_back({titles_[i], sheet::block(pixels, source.labels, shown, per_class_, zoom_)});
    }
    names.resize(std::min(static_cast<size_t>(classes_), names.size()));
    const int64_t letters = std::max<int64_t>(1, first.size(2) * zoom_ / 40);
    write_file(sheet_.file("sheet.png"), vision::encode_png(sheet::side_by_side(blocks, names, letters)));
    sheet_.meta = {{"classes", names.size()}, {"per_class", per_class_}, {"titles", titles_}};
  }

 private:
  void check(size_t i, bool same_classes, const at::Tensor& pixels, const at::Tensor& first) const {
    const std::string place = "\"images[" + std::to_string(i) + "]\" (\"" + titles_[i] + "\")";
    if (!same_classes) throw Error(ErrorKind::user, place + " has other classes than \"images[0]\"");
    if (pixels.sizes().slice(1) != first.sizes().slice(1))
      throw Error(ErrorKind::user, place + " holds images of " + c10::str(pixels.sizes().slice(1)) +
                                       " (channels, rows, columns), \"images[0]\" of " +
                                       c10::str(first.sizes().slice(1)) + ": a sheet shows images of one size");
  }

  Input images_;
  Output sheet_;
  std::vector<std::string> titles_;
  int64_t per_class_ = 5, classes_ = 20, zoom_ = 2;
};

}  // namespace

RETORT_PLUGIN(ExportSheet, "export.sheet")
