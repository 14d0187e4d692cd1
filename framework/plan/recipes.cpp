#include "plan/recipes.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <string_view>

#include "core/error.h"
#include "core/files.h"
#include "core/guarded_folder.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr size_t kDigest = 64;
constexpr size_t kLine = 2 * kDigest + 2;  // RECIPE, a space, KEY, an end of line

/// Lines that a kill cut off are passed over.
void each_line(std::string_view text, const auto& visit) {
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return;
    if (end + 1 == kLine && text[kDigest] == ' ')
      if (auto key = Key::read(std::string(text.substr(kDigest + 1, kDigest))))
        visit(std::string(text.substr(0, kDigest)), std::move(*key));
    text.remove_prefix(end + 1);
  }
}

}  // namespace

Recipes::Recipes(fs::path folder) : folder_(std::move(folder)) {
  std::error_code none;
  empty_ = !fs::exists(folder_, none);
}

Recipes::Shard& Recipes::shard(const std::string& recipe) {
  size_t number = 0;
  std::from_chars(recipe.data(), recipe.data() + 2, number, 16);
  auto& known = shards_[number];
  if (known) return *known;
  known.emplace();
  const fs::path file = folder_ / recipe.substr(0, 2);
  std::error_code none;
  if (empty_ || !fs::exists(file, none)) return *known;
  each_line(read_file(file, ErrorKind::store, kLongestText), [&](std::string of, Key key) {
    auto& keys = (*known)[std::move(of)];
    keys.insert(keys.begin(), std::move(key));
  });
  return *known;
}

const std::vector<Key>& Recipes::keys(const std::string& recipe) {
  static const std::vector<Key> none;
  const Shard& known = shard(recipe);
  const auto found = known.find(recipe);
  return found == known.end() ? none : found->second;
}

void Recipes::add(const std::string& recipe, const std::string& key) {
  added_[recipe.substr(0, 2)] += recipe + " " + key + "\n";
}

void Recipes::save() noexcept {
  try {
    if (!added_.empty()) make_folder(folder_);
    for (const auto& [name, lines] : added_) {
      const int file = open_to_write(folder_ / name, O_WRONLY | O_CREAT | O_APPEND);
      if (file < 0) break;
      const ssize_t put = ::write(file, lines.data(), lines.size());  // one write: lines of two processes do not mix
      ::close(file);
      if (put < 0) break;
    }
    added_.clear();
  } catch (const std::exception&) {  // a store that cannot be written
  }
}

}  // namespace retort
