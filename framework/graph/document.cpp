#include "graph/document.h"

#include <algorithm>
#include <filesystem>

#include "core/digest.h"
#include "core/files.h"
#include "core/nearest.h"
#include "core/system_text.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

/// `did you mean "graphs/quickstart.json"?` for a file that is not there, or empty.
std::string nearest_graph(const fs::path& absent) {
  std::error_code ignored;
  if (fs::exists(absent, ignored)) return "";
  std::vector<std::string> beside;
  for (const auto& entry : fs::directory_iterator(absent.parent_path().empty() ? "." : absent.parent_path(), ignored))
    if (entry.path().extension() == ".json") beside.push_back(entry.path().stem());
  std::sort(beside.begin(), beside.end());
  const std::string near = nearest(absent.stem().string(), beside);
  return near.empty() ? "" : did_you_mean((absent.parent_path() / (near + ".json")).string());
}

class Loader {
 public:
  explicit Loader(Reading& reading) : reading_(reading) {}

  bool load(const std::string& file, const Place& named_at, MarkedJson& result) {
    std::string text;
    SeenFile seen;
    seen.read = clock_now();
    if (const auto stamp = stamp_of(file.c_str())) seen.stamp = *stamp;
    try {
      text = text_of(file);
    } catch (const Error& error) {
      reading_.diagnostics.error(named_at, error.what(), nearest_graph(file));
      return false;
    }
    seen.digest = sha256_hex(text);
    reading_.files.emplace_back(fs::absolute(file).string(), std::move(seen));
    const uint32_t source = reading_.texts.add_text(file, std::move(text));
    if (!parse_json(reading_.texts, source, reading_.diagnostics, result)) return false;
    if (!result.value.is_object()) {
      reading_.error(result.marks.value, "a graph is an object, got " + shown(result.value));
      return false;
    }
    if (!result.value.contains("include")) return true;
    open_.push_back(fs::weakly_canonical(file));
    const bool ok = merge_included(file, result);
    open_.pop_back();
    return ok;
  }

 private:
  std::string text_of(const std::string& file) {
    const std::string path = fs::absolute(file).lexically_normal().string();
    const auto kept = reading_.options.texts.find(path);
    std::string text = kept == reading_.options.texts.end() ? read_file(file, ErrorKind::user) : kept->second;
    reading_.read[path] = text;
    return text;
  }

  bool merge_included(const std::string& file, MarkedJson& result) {
    const Json include =
        result.value["include"].is_string() ? Json::array({result.value["include"]}) : result.value["include"];
    const Marks marks = result.marks.at("include");
    result.value.erase("include");
    MarkedJson merged{Json::object(), {}};
    bool ok = true;
    if (!include.is_array()) {
      reading_.error(marks.value, "\"include\" expects a file or a list of files, got " + shown(include));
      return false;
    }
    for (size_t i = 0; i < include.size(); ++i) {
      const Mark mark = marks.at(i).value;
      if (!include[i].is_string()) {
        reading_.error(mark, "\"include\" expects names of files, got " + shown(include[i]));
        ok = false;
        continue;
      }
      const fs::path path = (fs::path(file).parent_path() / bytes_of(include[i].get<std::string>())).lexically_normal();
      if (std::find(open_.begin(), open_.end(), fs::weakly_canonical(path)) != open_.end()) {
        reading_.error(mark, path.string() + " includes itself");
        ok = false;
        continue;
      }
      MarkedJson one;
      if (load(path.string(), reading_.place(mark), one))
        merge_patch(merged, std::move(one));
      else
        ok = false;
    }
    merge_patch(merged, std::move(result));
    result = std::move(merged);
    return ok;
  }

  Reading& reading_;
  std::vector<fs::path> open_;  ///< files whose includes are being read
};

}  // namespace

bool read_document(Reading& reading, const std::string& file, MarkedJson& document) {
  return Loader(reading).load(file, Place{file, 0, 0, ""}, document);
}

}  // namespace retort
