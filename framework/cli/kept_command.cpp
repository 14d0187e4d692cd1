#include "cli/kept_command.h"

#include "core/error.h"
#include "core/files.h"
#include "core/json_read.h"
#include "core/nearest.h"
#include "core/sealed_text.h"
#include "core/stated_version.h"

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

}  // namespace

std::string command_text(const GraphOptions& options, const Graph& graph) {
  const Json json = {{"retort_command", kCommandFormat},
                     {"graph", fs::absolute(graph.file).lexically_normal().string()},
                     {"sets", options.sets},
                     {"sweeps", options.sweeps},
                     {"add_seeds", options.add_seeds},
                     {"device", options.device},
                     {"files", graph.texts}};
  return sealed(json.dump());
}

GraphOptions kept_command(const Store& store, const std::string& id) {
  std::error_code none;
  if (!RunId::read(id) || !fs::is_directory(store.run(id), none)) unknown(store, id);
  const fs::path folder = store.run(id), file = folder / kCommandFile;
  if (!is_there(file))
    throw Error(ErrorKind::user, "run " + id + " was made by an older retort and keeps no command; what it ran is in " +
                                     (folder / "graph.json").string());
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
  options.graph = json.at("graph");
  options.sets = json.at("sets").get<std::vector<std::string>>();
  options.sweeps = json.at("sweeps").get<std::vector<std::string>>();
  options.add_seeds = json.at("add_seeds");
  options.device = json.at("device");
  options.texts = json.at("files").get<std::map<std::string, std::string>>();
  return options;
}

}  // namespace retort
