#include "sched/job.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

#include "core/digest.h"
#include "core/system_text.h"

namespace retort {
namespace {

Json components_of(const GraphNode& node) {
  Json list = Json::array();
  for (const auto& one : node.components)
    list.push_back({{"path", one.path},
                    {"kind", one.manifest->spec.kind},
                    {"type", one.manifest->spec.type},
                    {"library", text_of(one.manifest->library.string())},
                    {"code", one.manifest->code}});
  return list;
}

Json inputs_of(const Plan& plan, const GraphNode& node) {
  Json inputs = Json::object();
  for (const auto& [port, links] : node.inputs) {
    inputs[port] = Json::array();
    for (const auto& link : links) {
      const Record& record = *plan.at(link.node).record;
      inputs[port].push_back(
          {{"key", record.key}, {"output", link.port}, {"digest", linked_output(plan.graph(), link, record).digest}});
    }
  }
  return inputs;
}

}  // namespace

std::string node_file_name(const std::string& node) {
  constexpr size_t kLongest = 200, kKept = 120;  // a file's name may have 255 bytes, with the ending
  static const std::string kPlain = "_-={},.[]@+";
  std::string name;
  for (const char c : node) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) || kPlain.find(c) != std::string::npos;
    char digits[4];
    std::snprintf(digits, sizeof digits, "%%%02X", static_cast<unsigned char>(c));
    name += plain && !(c == '.' && name.empty()) ? std::string(1, c) : digits;
  }
  return name.size() <= kLongest ? name : name.substr(0, kKept) + "~" + sha256_hex(node);
}

std::string log_name(const std::string& node) { return node_file_name(node) + ".log"; }

std::filesystem::path cancel_file(const std::filesystem::path& run_folder) { return run_folder / "cancel"; }

std::filesystem::path job_file(const JobPlace& place, const std::string& node) {
  return place.run_folder / (node_file_name(node) + ".job.json");
}

std::string shell_word(const std::string& text) {
  static const std::string kPlain = "_-./:@%+";
  const auto plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || kPlain.find(c) != std::string::npos;
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

namespace {

Json budget_json(const GraphNode& node, const std::string& key_text) {
  const auto budget = budget_of(node, key_text);
  return budget ? Json{{"param", budget->param}, {"stop", budget->stop}, {"text", budget->text}} : Json();
}

}  // namespace

Json planned_plugins(const Catalog& catalog) {
  Json plugins = Json::object();
  for (const Manifest* one : catalog.all())
    if (one->refused.empty() && !one->absent)
      plugins[one->spec.kind][one->spec.type] = {{"library", text_of(one->library.string())}, {"code", one->code}};
  return plugins;
}

Json make_job(const Plan& plan, size_t index, const Store& store, const JobPlace& place) {
  const GraphNode& node = plan.graph().nodes[index];
  const std::string log = place.run_folder.empty() ? "" : (place.run_folder / log_name(node.name)).string();
  Json job = Json::object();  // field by field: a braced list copies each
  job["node"] = node.name;
  job["type"] = node.manifest->spec.type;
  job["library"] = text_of(node.manifest->library.string());
  job["code"] = node.manifest->code;
  job["params"] = node.params;
  job["components"] = components_of(node);
  job["inputs"] = inputs_of(plan, node);
  job["seed"] = node.seed;
  job["device"] = node.device;
  job["precision"] = node.precision;
  job["threads"] = node.threads;
  job["key"] = plan.at(index).key;
  job["key_text"] = plan.at(index).key_text;
  job["budget"] = budget_json(node, plan.at(index).key_text);
  job["store"] = text_of(store.root().string());
  job["run"] = place.run;
  job["log"] = text_of(log);
  job["sync"] = false;
  return job;
}

}  // namespace retort
