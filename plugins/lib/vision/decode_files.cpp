#include "vision/decode_files.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>

#include "core/error.h"
#include "vision/decode.h"
#include "vision/parallel.h"

namespace retort::vision {
namespace {

/// What to do about files that could not be read: reasons[i] is empty for the others.
void report_damage(const std::vector<std::string>& reasons, bool skip, Run& run) {
  constexpr size_t kNamed = 5;
  size_t damaged = 0;
  std::string first;
  for (const std::string& reason : reasons) {
    if (reason.empty()) continue;
    if (damaged++ < kNamed) first += "\n  " + reason;
    if (skip) run.warn("left out: " + reason);
  }
  if (damaged == 0 || skip) return;
  throw Error(ErrorKind::data, std::to_string(damaged) + " of " + std::to_string(reasons.size()) +
                                   " images cannot be read (\"damaged\": \"skip\" leaves such out):" + first);
}

/// Reads and decodes; "" or why it could not.
template <class Use>
std::string read_one(const FileTree& tree, const std::string& file, Use use) {
  try {
    std::string bytes = tree.read(file);
    const Picture picture = decode_picture(bytes, tree.place(file));
    use(bytes, picture);
    return "";
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    return error.what();
  }
}

}  // namespace

Picture Fit::apply(const Picture& picture) const {
  return center_crop(resize_shorter(picture, shorter, filter), size, size);
}

void write_planes(const Picture& picture, uint8_t* out) {
  const size_t count = size_t(picture.width) * size_t(picture.height);
  for (size_t i = 0; i < count; ++i) {
    for (size_t c = 0; c < 3; ++c) out[c * count + i] = picture.pixels[3 * i + c];
  }
}

DecodedFiles decode_files(const FileTree& tree, const std::vector<LabelledFile>& files, const Fit& fit, int threads,
                          bool skip_damaged, Run& run) {
  const auto count = static_cast<int64_t>(files.size());
  at::Tensor images = at::empty({count, 3, fit.size, fit.size}, at::kByte);
  at::Tensor labels = at::empty({count}, at::kLong);
  auto* out = images.data_ptr<uint8_t>();
  std::vector<std::string> reasons(files.size());
  std::atomic<int64_t> done{0};
  in_parallel(files.size(), threads, [&](size_t i) {
    run.stop_if_cancelled();
    labels.data_ptr<int64_t>()[i] = files[i].label;
    reasons[i] = read_one(tree, files[i].file, [&](std::string&, const Picture& picture) {
      write_planes(fit.apply(picture), out + i * fit.bytes());
    });
    run.progress(++done, count);
  });
  report_damage(reasons, skip_damaged, run);
  std::vector<int64_t> good;
  for (size_t i = 0; i < reasons.size(); ++i) {
    if (reasons[i].empty()) good.push_back(static_cast<int64_t>(i));
  }
  if (good.size() == files.size()) return {images, labels};
  const at::Tensor kept = at::tensor(good, at::kLong);
  return {images.index_select(0, kept), labels.index_select(0, kept)};
}

std::vector<LabelledFile> without_damaged(const FileTree& tree, const std::vector<LabelledFile>& files,
                                          const Cuts& cuts, int threads, Run& run) {
  std::map<int64_t, std::vector<size_t>> by_class;
  for (size_t i = 0; i < files.size(); ++i) by_class[files[i].label].push_back(i);
  std::vector<std::vector<size_t>> classes;
  for (auto& [label, own] : by_class) classes.push_back(std::move(own));
  std::vector<std::string> reasons(files.size());
  std::atomic<int64_t> done{0};
  in_parallel(classes.size(), threads, [&](size_t c) {
    std::set<size_t> good;
    const auto is_good = [&](size_t i) {
      run.stop_if_cancelled();
      if (!good.contains(i) && reasons[i].empty())
        reasons[i] = read_one(tree, files[i].file, [](std::string&, const Picture&) {});
      if (reasons[i].empty()) good.insert(i);
      return reasons[i].empty();
    };
    const auto& own = classes[c];
    int64_t wanted = cuts.val_per_class;
    for (auto i = own.rbegin(); i != own.rend() && wanted > 0; ++i) wanted -= is_good(*i);
    wanted = cuts.per_class.value_or(0);
    for (auto i = own.begin(); i != own.end() && wanted > 0; ++i) wanted -= is_good(*i);
    run.progress(++done, static_cast<int64_t>(classes.size()));
  });
  report_damage(reasons, /*skip=*/true, run);
  std::vector<LabelledFile> rest;
  for (size_t i = 0; i < files.size(); ++i)
    if (reasons[i].empty()) rest.push_back(files[i]);
  return rest;
}

at::Tensor pack_files(const FileTree& tree, const std::vector<LabelledFile>& files, EncodedWriter& writer, int threads,
                      bool skip_damaged, Run& run) {
  constexpr size_t kTogether = 256;  // read in parallel, written in order
  std::vector<std::string> reasons(files.size()), bytes(kTogether);
  std::vector<std::pair<int, int>> sizes(kTogether);
  for (size_t start = 0; start < files.size(); start += kTogether) {
    run.stop_if_cancelled();
    const size_t count = std::min(kTogether, files.size() - start);
    in_parallel(count, threads, [&](size_t i) {
      reasons[start + i] = read_one(tree, files[start + i].file, [&](std::string& read, const Picture& picture) {
        bytes[i] = std::move(read);
        sizes[i] = {picture.height, picture.width};
      });
    });
    for (size_t i = 0; i < count; ++i) {
      if (reasons[start + i].empty()) writer.add(bytes[i], files[start + i].label, sizes[i].first, sizes[i].second);
    }
    run.progress(static_cast<int64_t>(start + count), static_cast<int64_t>(files.size()));
  }
  report_damage(reasons, skip_damaged, run);
  std::vector<int64_t> labels;
  for (size_t i = 0; i < files.size(); ++i)
    if (reasons[i].empty()) labels.push_back(files[i].label);
  return at::tensor(labels, at::kLong);
}

}  // namespace retort::vision
