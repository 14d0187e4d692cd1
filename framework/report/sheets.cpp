#include "report/sheets.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>

#include "core/error.h"
#include "report/picture.h"
#include "report/tensor_view.h"

namespace retort {
namespace {

constexpr const char* kFile = "images.safetensors";
constexpr uint8_t kGapColour = 127;  // on light and dark paper

/// Images of one artifact, as pixels.
class ImageSource {
 public:
  ImageSource(std::unique_ptr<std::istream> in, const Json& meta)
      : in_(std::move(in)), images_(*in_, "images"), labels_(*in_, "labels") {
    const auto& shape = images_.shape();
    if (shape.size() != 4 || (shape[1] != 1 && shape[1] != 3) || labels_.type() != "I64" ||
        labels_.shape().size() != 1 || labels_.shape()[0] != shape[0])
      throw Error(ErrorKind::data, std::string(kFile) + " does not hold images [N, 1 or 3, H, W] and a label each");
    if (images_.type() != "U8" && images_.type() != "F32")
      throw Error(ErrorKind::data, "images of type " + images_.type() + " are not shown");
    const std::string space = meta.value("space", std::string("nothing that is said"));
    if (space != (images_.type() == "U8" ? "pixels" : "normalized"))
      throw Error(ErrorKind::data, "images of type " + images_.type() + " in the space of " + space +
                                       " are not shown; export.images writes them as pixels");
    if (images_.type() == "F32") read_constants(meta);
    const std::string bytes = labels_.all();
    for (uint64_t i = 0; i < shape[0]; ++i) {
      int64_t label = 0;
      std::memcpy(&label, bytes.data() + i * sizeof label, sizeof label);
      by_class_[label].push_back(i);
    }
  }

  uint64_t count() const { return images_.shape()[0]; }
  const std::map<int64_t, std::vector<uint64_t>>& by_class() const { return by_class_; }

  Picture picture(uint64_t index) const {
    const auto& shape = images_.shape();
    Picture picture{
        static_cast<uint32_t>(shape[3]), static_cast<uint32_t>(shape[2]), static_cast<uint32_t>(shape[1]), {}};
    const std::string bytes = images_.row(index);
    const size_t plane = shape[2] * shape[3];
    picture.pixels.resize(plane * shape[1]);
    for (size_t c = 0; c < shape[1]; ++c)
      for (size_t at = 0; at < plane; ++at) picture.pixels[at * shape[1] + c] = pixel(bytes, c * plane + at, c);
    return picture;
  }

 private:
  /// Of the space that float images are in: mean and standard deviation a channel, of values in 0..1.
  void read_constants(const Json& meta) {
    const Json constants = meta.value("normalization", Json::object());
    mean_ = constants.value("mean", std::vector<double>{});
    deviation_ = constants.value("std", std::vector<double>{});
    if (mean_.size() < images_.shape()[1] || deviation_.size() < images_.shape()[1])
      throw Error(ErrorKind::data, "images in a space that is not pixels are not shown");
  }

  uint8_t pixel(const std::string& bytes, size_t at, size_t channel) const {
    if (images_.type() == "U8") return static_cast<uint8_t>(bytes[at]);
    float value = 0;
    std::memcpy(&value, bytes.data() + at * sizeof value, sizeof value);
    const double unit = value * deviation_[channel] + mean_[channel];
    return static_cast<uint8_t>(std::lround(255 * std::clamp(std::isnan(unit) ? 0.0 : unit, 0.0, 1.0)));
  }

  std::unique_ptr<std::istream> in_;
  TensorView images_, labels_;
  std::map<int64_t, std::vector<uint64_t>> by_class_;
  std::vector<double> mean_, deviation_;
};

/// The bytes of a stored file, verified.
std::unique_ptr<std::istream> opened(const Store& store, const Record& record, const StoredFile& file) {
  if (file.inlined) return std::make_unique<std::istringstream>(store.read(record, file));
  return std::make_unique<std::ifstream>(store.verified(record, file, {}), std::ios::binary);
}

std::string label_name(const Json& meta, int64_t label) {
  const auto classes = meta.find("classes");
  const bool named = classes != meta.end() && classes->is_array() && label >= 0 &&
                     static_cast<size_t>(label) < classes->size() && (*classes)[static_cast<size_t>(label)].is_string();
  return named ? (*classes)[static_cast<size_t>(label)].get<std::string>() : std::to_string(label);
}

void fill(const Store& store, const Record& record, const StoredOutput& output, const SheetLimits& limits,
          Json& sheet) {
  const auto file = std::find_if(output.files.begin(), output.files.end(), [](auto& one) { return one.name == kFile; });
  if (file == output.files.end()) throw Error(ErrorKind::data, std::string("it has no ") + kFile);
  const ImageSource source(opened(store, record, *file), output.meta);
  sheet["count"] = source.count();
  sheet["classes"] = source.by_class().size();
  for (const auto& [label, indices] : source.by_class()) {
    if (sheet["rows"].size() == limits.classes) break;
    std::vector<Picture> pictures;
    for (size_t i = 0; i < std::min(indices.size(), limits.per_class); ++i)
      pictures.push_back(shrunk(source.picture(indices[i]), limits.side));
    const Picture row = in_a_row(pictures, 2, kGapColour);
    sheet["rows"].push_back({{"label", label_name(output.meta, label)},
                             {"count", indices.size()},
                             {"width", row.width},
                             {"height", row.height},
                             {"image", png_url(row)}});
  }
}

}  // namespace

Json sheets_json(const Subject& subject, const Store& store, const SheetLimits& limits) {
  Json sheets = Json::array();
  size_t shown = 0;
  for (size_t i = 0; i < subject.records.size(); ++i) {
    if (!subject.records[i]) continue;
    for (const auto& [port, output] : subject.records[i]->outputs) {
      if (output.kind != "images") continue;
      Json sheet = {{"node", i}, {"port", port}, {"rows", Json::array()}};
      try {
        if (++shown > limits.sheets)
          throw Error(ErrorKind::user,
                      "left out: the page shows " + std::to_string(limits.sheets) + " sheets (--sheets N)");
        fill(store, *subject.records[i], output, limits, sheet);
      } catch (const Error& error) {
        sheet["problem"] = error.what();
      }
      sheets.push_back(std::move(sheet));
    }
  }
  return sheets;
}

}  // namespace retort
