// Images as files that other tools read: a folder a class, named so that their order is the classes' (torchvision's
// ImageFolder sorts by name), and one sheet to look at.
#include <ATen/ATen.h>

#include <algorithm>
#include <cctype>

#include "core/utf8.h"
#include "picture_sheet.h"
#include "sdk/node.h"
#include "sdk/torch/space.h"
#include "vision/codec.h"
#include "vision/data_set.h"
#include "vision/exported_folders.h"

namespace {

using namespace retort;

class ExportImages final : public Node {
 public:
  void declare(Declare& d) override {
    d.about("Images as PNG, JPEG or safetensors files, and a sheet to look at");
    d.input("images", images_, "images", "What is written").also("dataset");
    d.output("folder", folder_, "folder", "A folder a class, for an ImageFolder loader; or one safetensors file");
    d.output("sheet", sheet_, "sheet", "sheet.png: one row a class");
    d.param("format", format_, "png keeps every pixel; jpeg loses some, again if the images went through it before")
        .one_of({"png", "jpeg", "safetensors"});
    d.param("quality", quality_, "JPEG quality").between(1, 100);
    d.param("sheet_per_class", sheet_per_class_, "Images of each class on the sheet").at_least(1);
    d.param("sheet_classes", sheet_classes_, "Classes on the sheet").at_least(1);
    d.param("zoom", zoom_, "Enlargement on the sheet").at_least(1);
  }

  void run(Run& run) override {
    auto images = vision::decoded(*images_);
    images.images = pixel_bytes(images);
    folder_.meta = {{"count", images.size()}, {"format", format_}, {"classes", images.classes}};
    if (format_ == "safetensors")
      write_tensors(folder_.file("images.safetensors"), {{"images", images.images}, {"labels", images.labels}});
    else
      write_folder(run, images);
    write_sheet(images);
  }

 private:
  /// With zeros before it: as long as the last of `count` numbers, four digits at least, so that names sort.
  static std::string padded(int64_t number, int64_t count) {
    const auto width = std::max<size_t>(4, std::to_string(std::max<int64_t>(count - 1, 0)).size());
    const std::string digits = std::to_string(number);
    return std::string(width - digits.size(), '0') + digits;
  }

  /// The letters, digits and hyphens of ASCII, and "_" for each other character, also one that stands for a byte of a
  /// name that is no UTF-8.
  static std::string plain(const std::string& name) {
    constexpr size_t kLongest = 100;
    std::string text;
    for (size_t at = 0; at < name.size() && text.size() < kLongest;) {
      const char c = name[at];
      text += std::isalnum(static_cast<unsigned char>(c)) || c == '-' ? c : '_';
      at += std::max<size_t>(1, character_at(name, at).size);
    }
    return text;
  }

  /// "0007_sea_lion": sorted by class, readable, and a file name everywhere.
  static std::vector<std::string> folder_names(const std::vector<std::string>& classes) {
    std::vector<std::string> names;
    for (const auto& name : classes)
      names.push_back(padded(static_cast<int64_t>(names.size()), static_cast<int64_t>(classes.size())) + "_" +
                      plain(name));
    return names;
  }

  /// Also for a class without images: folders that are missing would shift the numbers of those behind.
  void write_folder(Run& run, const LabelledImages& images) {
    const auto folders = folder_names(images.classes);
    folder_.meta["folders"] = folders;
    std::vector<int64_t> seen(folders.size(), 0);
    for (int64_t i = 0; i < images.size(); ++i) {
      run.stop_if_cancelled();
      const auto label = static_cast<size_t>(images.labels[i].item<int64_t>());
      const auto image = images.images[i].contiguous();
      const auto bytes =
          format_ == "png" ? vision::encode_png(image) : vision::encode_jpeg(image, static_cast<int>(quality_));
      const auto name =
          folders.at(label) + "/" + padded(seen[label]++, images.size()) + (format_ == "png" ? ".png" : ".jpg");
      write_file(folder_.file(name), bytes);
    }
    for (size_t label = 0; label < folders.size(); ++label)
      if (seen[label] == 0) write_file(folder_.file(folders[label] + "/" + vision::kEmptyClass), "");
  }

  void write_sheet(const LabelledImages& images) {
    const auto classes = std::min(sheet_classes_, static_cast<int64_t>(images.classes.size()));
    write_file(sheet_.file("sheet.png"),
               vision::encode_png(sheet::block(images.images, images.labels, classes, sheet_per_class_, zoom_)));
    sheet_.meta = {{"classes", classes}, {"per_class", sheet_per_class_}};
  }

  Input images_;
  Output folder_, sheet_;
  std::string format_ = "png";
  int64_t quality_ = 95, sheet_per_class_ = 10, sheet_classes_ = 20, zoom_ = 2;
};

}  // namespace

RETORT_PLUGIN(ExportImages, "export.images")
