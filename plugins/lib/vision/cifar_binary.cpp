#include "vision/cifar_binary.h"

#include <ATen/ATen.h>

#include <cstring>
#include <sstream>

#include "core/files.h"

namespace retort::vision {
namespace {

constexpr int64_t kSide = 32, kPixels = 3 * kSide * kSide;

std::vector<std::string> read_names(const std::filesystem::path& file, int64_t classes) {
  std::istringstream text(read_file(file));
  std::vector<std::string> names;
  for (std::string line; std::getline(text, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) names.push_back(line);
  }
  if (static_cast<int64_t>(names.size()) == classes) return names;
  throw Error(ErrorKind::data, file.string() + " names " + std::to_string(names.size()) + " classes, expected " +
                                   std::to_string(classes));
}

/// Appends the records of one file.
void read_records(const std::filesystem::path& file, const CifarLayout& layout, std::vector<at::Tensor>& images,
                  std::vector<int64_t>& labels) {
  const std::string bytes = read_file(file);
  const int64_t size = layout.label_bytes + kPixels, total = static_cast<int64_t>(bytes.size()), count = total / size;
  if (total % size != 0)
    throw Error(ErrorKind::data, file.string() + " is truncated: record " + std::to_string(count) + " has " +
                                     std::to_string(total % size) + " of " + std::to_string(size) + " bytes");
  auto pixels = at::empty({count, 3, kSide, kSide}, at::kByte);
  for (int64_t i = 0; i < count; ++i) {
    const char* record = bytes.data() + i * size;
    const int64_t label = static_cast<unsigned char>(record[layout.label_at]);
    if (label >= layout.classes)
      throw Error(ErrorKind::data, file.string() + ": record " + std::to_string(i) + " has label " +
                                       std::to_string(label) + ", expected 0 to " + std::to_string(layout.classes - 1));
    labels.push_back(label);
    std::memcpy(pixels.data_ptr<uint8_t>() + i * kPixels, record + layout.label_bytes, kPixels);
  }
  images.push_back(pixels);
}

void check_counts(const LabelledImages& set, int64_t expected, const std::filesystem::path& folder, const char* part) {
  const auto counts = at::bincount(set.labels, {}, static_cast<int64_t>(set.classes.size()));
  for (int64_t c = 0; c < counts.size(0); ++c) {
    const auto found = counts[c].item<int64_t>();
    if (found == expected) continue;
    throw Error(ErrorKind::data, folder.string() + ": class \"" + set.classes[static_cast<size_t>(c)] + "\" has " +
                                     std::to_string(found) + " " + part + " images, the official files have " +
                                     std::to_string(expected) + ": they were altered");
  }
}

}  // namespace

LabelledImages read_cifar(const std::filesystem::path& folder, const CifarLayout& layout, bool train) {
  std::vector<at::Tensor> images;
  std::vector<int64_t> labels;
  LabelledImages set;
  set.classes = read_names(folder / layout.names_file, layout.classes);
  for (const auto& file : train ? layout.train_files : layout.test_files)
    read_records(folder / file, layout, images, labels);
  set.images = at::cat(images);
  set.labels = at::tensor(labels, at::kLong);
  check_counts(set, train ? layout.train_per_class : layout.test_per_class, folder, train ? "training" : "test");
  return set;
}

}  // namespace retort::vision
