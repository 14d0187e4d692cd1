#include "worker/check.h"

#include <cmath>
#include <fstream>
#include <limits>
#include <ostream>
#include <regex>
#include <set>
#include <sstream>

#include "core/error.h"
#include "core/nearest.h"
#include "core/temporary_folder.h"
#include "kinds/kind.h"
#include "worker/components.h"
#include "worker/library.h"
#include "worker/loaded.h"
#include "worker/proof.h"

namespace retort {
namespace {

constexpr size_t kLongestSummary = 100;

/// One line a check: what must hold, and what is wrong if it does not.
class Report {
 public:
  explicit Report(std::ostream& out) : out_(out) {}
  void check(const std::string& rule, const std::string& problem) {
    ++(problem.empty() ? passed_ : failed_);
    out_ << (problem.empty() ? "ok    " : "FAIL  ") << rule;
    if (!problem.empty()) out_ << ": " << problem;
    out_ << '\n';
  }
  /// What may be meant so, and most often is not: no failure.
  void warn(const std::string& text) { out_ << "warn  " << text << '\n'; }
  int finish() {
    out_ << passed_ << " passed, " << failed_ << " failed\n" << std::flush;
    return failed_;
  }

 private:
  std::ostream& out_;
  int passed_ = 0, failed_ = 0;
};

std::string prose_problem(const std::string& text) {
  if (text.empty()) return "is empty";
  if (text.find('\n') != std::string::npos) return "has more than one line";
  if (text.back() == '.') return "ends with a full stop";
  if (text.front() == ' ' || text.back() == ' ') return "starts or ends with a space";
  return "";
}

bool is_snake_case(const std::string& name) {
  static const std::regex rule("[a-z][a-z0-9]*(_[a-z0-9]+)*");
  return std::regex_match(name, rule);
}

std::string type_name_problem(const std::string& type) {
  std::stringstream parts(type);
  for (std::string part; std::getline(parts, part, '.');)
    if (!is_snake_case(part)) return "\"" + type + "\" is not snake_case, with dots between parts";
  return type.empty() || type.back() == '.' ? "\"" + type + "\" is no name" : "";
}

template <class T>
std::string names_problem(const std::vector<T>& all) {
  std::set<std::string> seen;
  for (const auto& one : all) {
    if (!is_snake_case(one.name)) return "\"" + one.name + "\" is not snake_case";
    if (!seen.insert(one.name).second) return "\"" + one.name + "\" is declared twice";
  }
  return "";
}

template <class T>
std::string docs_problem(const std::vector<T>& all) {
  for (const auto& one : all)
    if (auto problem = prose_problem(one.doc); !problem.empty()) return "that of \"" + one.name + "\" " + problem;
  return "";
}

std::string facts_problem(const PluginSpec& spec) {
  for (const auto& port : spec.outputs) {
    for (const auto& [fact, value] : port.facts.items())
      if (value.is_object() && value.contains("param") && !spec.param(value["param"].get<std::string>()))
        return "\"" + port.name + "\": " + fact + " comes from an unknown parameter " + value["param"].dump();
    if (!port.facts_of.empty() && !spec.input(port.facts_of))
      return "\"" + port.name + "\": facts come from an unknown input \"" + port.facts_of + "\"";
  }
  return "";
}

std::string outputs_problem(const PluginSpec& spec) {
  if (spec.kind == "node" && spec.outputs.empty() && !spec.uncached) return "a cached node writes nothing";
  if (spec.kind != "node" && !spec.outputs.empty()) return "a component declares outputs";
  return "";
}

/// A plugin may have kinds of its own; one letter beside a known one it is a slip, and nothing would be checked.
void warn_of_kinds(const PluginSpec& spec, Report& report) {
  const auto look = [&](const PortSpec& port, const std::string& kind) {
    for (const auto& known : kind_names())
      if (edit_distance(kind, known, 1) == 1)
        report.warn("\"" + port.name + "\" is of a kind of the plugin's own, \"" + kind + "\"; " + did_you_mean(known));
  };
  for (const auto* ports : {&spec.inputs, &spec.outputs})
    for (const auto& port : *ports) {
      look(port, port.kind);
      for (const auto& kind : port.kinds) look(port, kind);
    }
}

void lint(const PluginSpec& spec, Report& report) {
  std::string summary = prose_problem(spec.summary);
  if (summary.empty() && spec.summary.size() > kLongestSummary)
    summary = "has " + std::to_string(spec.summary.size()) + " characters";
  report.check("summary is one line of at most 100 characters, without full stop", summary);
  report.check("type and kind are snake_case",
               is_snake_case(spec.kind) ? type_name_problem(spec.type) : "kind \"" + spec.kind + "\"");
  report.check("parameter names are snake_case and unique", names_problem(spec.params));
  report.check("input names are snake_case and unique", names_problem(spec.inputs));
  report.check("output names are snake_case and unique", names_problem(spec.outputs));
  std::string docs = docs_problem(spec.params);
  if (docs.empty()) docs = docs_problem(spec.inputs);
  if (docs.empty()) docs = docs_problem(spec.outputs);
  report.check("every parameter and port is described, without full stop", docs);
  report.check("facts come from declared parameters and inputs", facts_problem(spec));
  report.check("a cached node writes an output, a component none", outputs_problem(spec));
  warn_of_kinds(spec, report);
}

std::string manifest_problem(const std::filesystem::path& library, const PluginSpec& spec) {
  std::filesystem::path file = library;
  file.replace_extension(".json");
  std::ifstream in(file);
  if (!in) return file.filename().string() + " is missing beside the library";
  const Json manifest = Json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (manifest.is_discarded()) return file.filename().string() + " is not JSON";
  const Json expected = to_json(spec);
  for (const auto& [name, value] : expected.items())
    if (!manifest.contains(name) || manifest[name] != value) return "\"" + name + "\" differs; build the plugin again";
  const Json loaded = project_builds(library), described = manifest.value("loads", Json::object());
  for (const auto& [name, build] : described.items())
    if (!loaded.contains(name) || loaded[name] != build)
      return "it describes another build of " + name + "; build the plugin again";
  return "";
}

std::string defaults_problem(const PluginSpec& spec) {
  for (const auto& param : spec.params) {
    if (!param.required)
      if (auto problem = problem_with(param, param.default_value)) return *problem;
    if (param.neutral)
      if (auto problem = problem_with(param, *param.neutral)) return "neutral value: " + *problem;
  }
  return "";
}

Json wrong_type(const std::string& type) {
  if (type == "bool") return 1;
  if (type == "integer") return 1.5;
  if (type == "number" || type == "component") return "x";
  return 7;
}

/// Values that the declared rules of one element exclude.
std::vector<Json> excluded(const ParamSpec& param, const std::string& type) {
  std::vector<Json> values = {wrong_type(type)};
  const bool whole = type == "integer";
  const double inf = std::numeric_limits<double>::infinity();
  if (param.min && param.min_exclusive) values.push_back(*param.min);
  if (param.min && !param.min_exclusive) values.push_back(whole ? *param.min - 1 : std::nextafter(*param.min, -inf));
  if (param.max && param.max_exclusive) values.push_back(*param.max);
  if (param.max && !param.max_exclusive) values.push_back(whole ? *param.max + 1 : std::nextafter(*param.max, inf));
  if (whole)
    for (size_t i = 1; i < values.size(); ++i) values[i] = static_cast<int64_t>(values[i].get<double>());
  if (!param.choices.empty()) values.push_back("not one of the choices");
  return values;
}

std::string limit_problem(const ParamSpec& param) {
  const bool list = param.type.rfind("list of ", 0) == 0;
  for (const Json& value : excluded(param, list ? param.type.substr(8) : param.type)) {
    const Json given = list ? Json::array({value}) : value;
    const auto refusal = problem_with(param, given);
    if (!refusal) return given.dump() + " was accepted";
    if (refusal->find("\"" + param.name + "\"") == std::string::npos)
      return "the refusal does not name it: " + *refusal;
  }
  return "";
}

std::string only_required(const std::vector<std::string>& problems, const PluginSpec& spec) {
  for (const auto& problem : problems) {
    bool expected = false;
    for (const auto& param : spec.params)
      expected = expected || (param.required && problem == "\"" + param.name + "\" is required");
    if (!expected) return problem;
  }
  return "";
}

std::string unknown_problem(const PluginDescriptor& descriptor, ComponentSource& components) {
  const auto plugin = make_plugin(descriptor);
  Declare declare;
  plugin->declare_all(declare);
  for (const auto& problem : declare.bind({{"no_such_parameter", 1}}, components))
    if (problem == "unknown parameter \"no_such_parameter\"") return "";
  return "\"no_such_parameter\" was accepted";
}

/// A value that a required parameter accepts, so that properties can be checked of plugins that have one.
Json example(const ParamSpec& param, ComponentFinder& components) {
  if (param.type == "bool") return false;
  if (param.type == "integer") return static_cast<int64_t>(std::max(1.0, param.min.value_or(1) + param.min_exclusive));
  if (param.type == "number") return param.min ? *param.min + 1 : param.max ? *param.max - 1 : 1.0;
  if (param.type == "component") return {{"type", components.first_of(param.component_kind)}};
  if (param.type == "string" || param.type == "path") return param.choices.empty() ? "example" : param.choices.front();
  return Json::array();
}

std::string property_problems(const PluginDescriptor& descriptor, const PluginSpec& spec, ComponentFinder& components) {
  const auto plugin = make_plugin(descriptor);
  Declare declare;
  plugin->declare_all(declare);
  Json params = Json::object();
  for (const auto& param : spec.params)
    if (param.required) params[param.name] = example(param, components);
  std::string all;
  for (const auto& problem : declare.bind(params, components)) all += (all.empty() ? "" : "; ") + problem;
  if (!all.empty()) return all;
  for (const auto& problem : plugin->broken_properties()) all += (all.empty() ? "" : "; ") + problem;
  return all;
}

std::string proof_problem(const PluginSpec& spec, ComponentFinder& components) {
  const TemporaryFolder scratch("retort-check");
  const auto bytes = [&](const char* name) {
    return proof_bytes(spec.kind, spec.type, components, scratch / name, {});
  };
  const std::string first = bytes("first"), second = bytes("second");
  return first == second ? "" : first.substr(0, 12) + ", then " + second.substr(0, 12);
}

/// A check that runs the plugin's own code: an exception is its failure, not ours.
template <class F>
void guarded(Report& report, const std::string& rule, F run) {
  std::string problem;
  try {
    problem = run();
  } catch (const std::exception& error) {
    problem = std::string("threw: ") + error.what();
  }
  report.check(rule, problem);
}

}  // namespace

int check_plugin(const std::filesystem::path& library, std::ostream& out) {
  const PluginDescriptor& descriptor = open_plugin(library);
  const PluginSpec spec = spec_of(descriptor);
  ComponentFinder components(library);
  components.use(spec.kind, spec.type, library, "");
  Report report(out);
  lint(spec, report);
  report.check("the manifest beside the library is current", manifest_problem(library, spec));
  report.check("defaults and neutral values obey their own rules", defaults_problem(spec));
  guarded(report, "without parameters only required ones are missing", [&] {
    const auto plugin = make_plugin(descriptor);
    Declare declare;
    plugin->declare_all(declare);
    return only_required(declare.bind(Json::object(), components), spec);
  });
  for (const auto& param : spec.params) report.check("limits of \"" + param.name + "\" hold", limit_problem(param));
  guarded(report, "unknown parameters are refused", [&] { return unknown_problem(descriptor, components); });
  guarded(report, "properties of kind " + spec.kind + " hold",
          [&] { return property_problems(descriptor, spec, components); });
  if (!spec.proof.is_null())
    guarded(report, "its proof job gives the same bytes twice", [&] { return proof_problem(spec, components); });
  return report.finish();
}

}  // namespace retort
