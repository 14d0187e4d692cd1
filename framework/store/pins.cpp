#include "store/pins.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/clock.h"
#include "core/files.h"
#include "core/sealed_text.h"
#include "core/system_text.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

Pin read_pin(const fs::path& file) {
  Pin pin;
  pin.name = file.filename().string();
  const std::string bytes = read_file(file, ErrorKind::store);
  const auto text = unsealed(bytes);
  const Json json = text ? Json::parse(*text, nullptr, /*allow_exceptions=*/false) : Json();
  if (!json.is_object()) {
    pin.why = "(damaged: what it said is lost)";
    return pin;
  }
  pin.why = json.value("why", "");
  pin.by = json.value("by", "");
  pin.when = json.value("when", "");
  return pin;
}

}  // namespace

void Pins::add(const std::string& name, const std::string& why) const {
  make_folder(folder_);
  const Json json = {{"retort_pin", 1}, {"name", name}, {"why", why}, {"by", user_name()}, {"when", utc_now()}};
  write_atomically(folder_ / name, sealed(dump_text(json)), /*sync=*/true);
}

bool Pins::remove(const std::string& name) const {
  if (::unlink((folder_ / name).c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  throw Error(ErrorKind::store, "cannot remove " + (folder_ / name).string() + ": " + std::strerror(errno));
}

bool Pins::has(const std::string& name) const { return ::access((folder_ / name).c_str(), F_OK) == 0; }

std::vector<Pin> Pins::all() const {
  std::vector<Pin> pins;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder_, none))
    if (entry.path().filename().string().find(".tmp") == std::string::npos) pins.push_back(read_pin(entry.path()));
  std::sort(pins.begin(), pins.end(), [](const Pin& a, const Pin& b) { return a.name < b.name; });
  return pins;
}

}  // namespace retort
