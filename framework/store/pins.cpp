#include "store/pins.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/clock.h"
#include "core/files.h"
#include "core/guarded_folder.h"
#include "core/json_read.h"
#include "core/sealed_text.h"
#include "core/system_text.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

bool is_pin(const std::string& name) {
  return Key::read(name) || (name.rfind("run-", 0) == 0 && RunId::read(name.substr(4)));
}

Pin read_pin(const fs::path& file) {
  Pin pin;
  pin.name = file.filename().string();
  const std::string bytes = read_file(file, ErrorKind::store, kLongestText);
  const auto text = unsealed(bytes);
  const Json json = text ? parsed_json(*text) : Json();
  if (!json.is_object()) {
    pin.why = "(damaged: what it said is lost)";
    return pin;
  }
  pin.why = text_in(json, "why");
  pin.by = text_in(json, "by");
  pin.when = text_in(json, "when");
  return pin;
}

}  // namespace

fs::path Pins::file_of(const std::string& name) const {
  if (is_pin(name)) return folder_ / name;
  throw Error(ErrorKind::data, Json(name).dump() + " is neither a key nor \"run-\" and the id of a run");
}

void Pins::add(const std::string& name, const std::string& why) const {
  make_folder(folder_);
  const Json json = {{"retort_pin", 1}, {"name", name}, {"why", why}, {"by", user_name()}, {"when", utc_now()}};
  write_atomically(file_of(name), sealed(dump_text(json)), /*sync=*/true);
}

bool Pins::remove(const std::string& name) const {
  if (::unlink(SafePath(file_of(name)).c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  throw Error(ErrorKind::store, "cannot remove " + file_of(name).string() + ": " + std::strerror(errno));
}

bool Pins::has(const std::string& name) const { return is_there(file_of(name)); }

std::vector<Pin> Pins::all() const {
  std::vector<Pin> pins;
  for (const auto& name : names_in(folder_))
    if (is_pin(name)) pins.push_back(read_pin(folder_ / name));
  std::sort(pins.begin(), pins.end(), [](const Pin& a, const Pin& b) { return a.name < b.name; });
  return pins;
}

}  // namespace retort
