#include "cli/runs/command_file.h"

#include "core/error.h"
#include "core/files.h"
#include "core/json_read.h"
#include "core/nearest.h"
#include "core/sealed_text.h"
#include "core/stated_version.h"
#include "core/system_text.h"
#include "events/run_folder.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr int kCommandFormat = 1;

[[noreturn]] void unknown(const Store& store, const std::string& id) {
  std::vector<std::string> ids;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(store.runs(), none)) ids.push_back(entry.path().filename().string());
  const std::string near = nearest(id, ids);
  throw Error(ErrorKind::user,
              store.root().string() + " has no run \"" + id + "\"" + (near.empty() ? "" : "; " + did_you_mean(near)));
}

std::vector<std::string> texts_of(std::vector<std::string> words) {
  for (auto& word : words) word = text_of(word);
  return words;
}

std::vector<std::string> words_in(const Json& texts) {
  std::vector<std::string> words;
  for (const auto& text : texts) words.push_back(bytes_of(text.get<std::string>()));
  return words;
}

}  // namespace

std::string command_text(const GraphOptions& options, const Graph& graph) {
  Json files = Json::object();
  for (const auto& [path, text] : graph.texts) files[text_of(path)] = text;
  const Json json = {{"retort_command", kCommandFormat},
                     {"graph", text_of(fs::absolute(graph.file).lexically_normal().string())},
                     {"sets", texts_of(options.sets)},
                     {"sweeps", texts_of(options.sweeps)},
                     {"add_seeds", options.add_seeds},
                     {"device", options.device},
                     {"files", files}};
  return sealed(json.dump());
}

GraphOptions kept_command(const Store& store, const std::string& id) {
  std::error_code none;
  if (!RunId::read(id) || !fs::is_directory(store.run(id), none)) unknown(store, id);
  const fs::path folder = store.run(id), file = folder / kCommandFile;
  if (!is_there(file))
    throw Error(ErrorKind::user, "run " + id + " was made by an older retort and keeps no command; what it ran is in " +
                                     (folder / kGraphFile).string());
  const std::string bytes = read_file(file, ErrorKind::store, kLongestText);
  const auto text = unsealed(bytes);
  const Json json = text ? parsed_json(*text) : Json();
  const int format = stated_version(json, "retort_command");
  if (format < 1) throw Error(ErrorKind::store, file.string() + " is damaged");
  if (format > kCommandFormat)
    throw Error(ErrorKind::store, file.string() + " has command format " + std::to_string(format) +
                                      ", this retort reads " + std::to_string(kCommandFormat) + "; use a newer retort");
  const auto texts = [](const Json& all) {
    return std::all_of(all.begin(), all.end(), [](const Json& one) { return one.is_string(); });
  };
  std::string problem = problem_with(json, {{"graph", FieldRule::text, true},
                                            {"sets", FieldRule::list, true},
                                            {"sweeps", FieldRule::list, true},
                                            {"add_seeds", FieldRule::count, true},
                                            {"device", FieldRule::text, true},
                                            {"files", FieldRule::object, true}});
  if (problem.empty() && !(texts(json["sets"]) && texts(json["sweeps"]) && texts(json["files"])))
    problem = "sets, sweeps and files hold texts";
  if (!problem.empty()) throw Error(ErrorKind::store, file.string() + " is no command of a run: " + problem);
  GraphOptions options;
  options.graph = bytes_of(json.at("graph").get<std::string>());
  options.sets = words_in(json.at("sets"));
  options.sweeps = words_in(json.at("sweeps"));
  options.add_seeds = json.at("add_seeds");
  options.device = json.at("device");
  for (const auto& [path, graph] : json.at("files").items()) options.texts[bytes_of(path)] = graph;
  return options;
}

}  // namespace retort
