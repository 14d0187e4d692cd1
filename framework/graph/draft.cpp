#include "graph/draft.h"

#include <algorithm>

#include "graph/keys.h"
#include "graph/params.h"

namespace retort {
namespace {

ParamSpec rule(const std::string& name, const std::string& type, const std::string& doc) {
  ParamSpec spec;
  spec.name = name;
  spec.type = type;
  spec.doc = doc;
  return spec;
}

ParamSpec choice(const std::string& name, const std::string& doc, const std::vector<std::string>& choices) {
  ParamSpec spec = rule(name, "string", doc);
  spec.choices = choices;
  return spec;
}

/// The rules of a node's settings, in the form of parameters: the messages are the same.
const std::vector<ParamSpec>& setting_rules() {
  static const std::vector<ParamSpec> rules = [] {
    ParamSpec seed = rule("seed", "integer", "Seed of the types that draw random numbers");
    seed.min = 0;
    ParamSpec threads = rule("threads", "integer", "Threads of a node; part of the key of numeric types");
    threads.min = 1;
    threads.max = kMostThreads;
    ParamSpec timeout = rule("timeout", "number", "Seconds a node may take");
    timeout.min = 0;
    timeout.min_exclusive = true;
    return std::vector<ParamSpec>{
        seed,
        choice("device", "Where numeric nodes run; auto is cuda if there is one", kDevices),
        choice("precision", "Of training and recovery; never chosen automatically", kPrecisions),
        threads,
        timeout,
        rule("description", "string", "What people should know")};
  }();
  return rules;
}

/// The value of a setting that is written and right, else null.
const Json* setting(Reading& reading, const MarkedJson& object, const std::string& name, const std::string& subject) {
  const auto found = object.value.find(name);
  if (found == object.value.end()) return nullptr;
  for (const auto& spec : setting_rules()) {
    if (spec.name != name) continue;
    const auto problem = problem_with(spec, *found);
    if (!problem) return &*found;
    reading.error(object.marks.at(name).value, subject + ": " + *problem, spec.doc);
  }
  return nullptr;
}

const Manifest* node_type(Reading& reading, const std::string& label, const MarkedJson& text) {
  const auto type = text.value.find("type");
  if (type == text.value.end()) {
    reading.error(text.marks.key, label + " has no \"type\"");
    return nullptr;
  }
  const Mark mark = text.marks.at("type").value;
  if (!type->is_string()) {
    reading.error(mark, label + ": \"type\" expects string, got " + shown(*type));
    return nullptr;
  }
  const std::string name = *type;
  const Manifest* found = reading.catalog.find("node", name);
  if (found) {
    if (found->refused.empty() || reading.options.shows_only) return found;
    reading.error(mark, label + ": " + in_quotes(name) + " cannot be used: " + found->refused);
    return nullptr;
  }
  const auto valid = choices(reading.catalog.of_kind("node"));
  const Manifest* other = reading.catalog.find(name);
  if (other)
    reading.error(mark, label + ": " + in_quotes(name) + " is of kind " + other->spec.kind + ", not a node type",
                  "it is used inside a node, as one of its parameters");
  else
    reading.error(mark, label + ": there is no node type " + in_quotes(name), name_hint(name, valid, "node types"));
  reading.lacks_plugins = reading.lacks_plugins || !other;
  return nullptr;
}

void refuse_unknown_keys(Reading& reading, const std::string& subject, const MarkedJson& text,
                         const Manifest* manifest) {
  for (const auto& [name, value] : text.value.items()) {
    if (std::find(kNodeKeys.begin(), kNodeKeys.end(), name) != kNodeKeys.end()) continue;
    std::string hint = name_hint(name, choices(kNodeKeys), "valid keys");
    if (manifest && manifest->spec.param(name))
      hint = in_quotes(name) + " is a parameter: it goes into \"params\"";
    else if (manifest && manifest->spec.input(name))
      hint = in_quotes(name) + " is an input: it goes into \"inputs\"";
    reading.error(text.marks.at(name).key, subject + ": unknown key " + in_quotes(name), hint);
  }
}

void read_own_settings(Reading& reading, const std::string& subject, const MarkedJson& text, const Inherited& inherited,
                       Draft& draft) {
  Inherited own = inherited;
  read_settings(reading, text, subject, own);
  GraphNode& node = draft.node;
  node.seed = own.seed;
  node.device = own.device == "auto" ? (reading.options.cuda ? "cuda" : "cpu") : own.device;
  node.precision = own.precision;
  node.threads = own.threads;
  if (const Json* value = setting(reading, text, "timeout", subject)) node.timeout = value->get<double>();
  setting(reading, text, "description", subject);
  draft.seed_written = text.value.contains("seed");
  for (const char* name : {"type", "seed", "device", "precision", "threads", "timeout"})
    if (text.value.contains(name)) node.places[name] = reading.place(text.marks.at(name).value);
}

}  // namespace

void read_settings(Reading& reading, const MarkedJson& object, const std::string& subject, Inherited& settings) {
  if (const Json* value = setting(reading, object, "seed", subject)) settings.seed = value->get<uint64_t>();
  if (const Json* value = setting(reading, object, "device", subject)) settings.device = value->get<std::string>();
  if (const Json* value = setting(reading, object, "precision", subject))
    settings.precision = value->get<std::string>();
  if (const Json* value = setting(reading, object, "threads", subject)) settings.threads = value->get<int>();
}

Draft read_draft(Reading& reading, const std::string& name, const MarkedJson& text, const Inherited& inherited,
                 const NodeIndex& nodes) {
  Draft draft;
  GraphNode& node = draft.node;
  node.name = node.base = name;
  node.params = Json::object();
  node.place = reading.place(text.marks.key);
  std::string label = "node " + in_quotes(name);
  if (!text.value.is_object()) {
    reading.error(text.marks.value, label + " expects object, got " + shown(text.value));
    return draft;
  }
  node.manifest = node_type(reading, label, text);
  if (node.manifest) label += " (" + node.manifest->spec.type + ")";
  refuse_unknown_keys(reading, label, text, node.manifest);
  read_own_settings(reading, label, text, inherited, draft);
  if (!node.manifest) return draft;

  static const Json none = Json::object();
  ParamReader reader(reading, draft, nodes);
  const auto params = text.value.find("params");
  const Marks& params_marks = text.marks.at("params");
  if (params != text.value.end() && !params->is_object())
    reading.error(params_marks.value, label + ": \"params\" expects object, got " + shown(*params));
  else if (params == text.value.end()) {
    Marks at;  // what is missing is missing in the node
    at.value = text.marks.key;
    node.params = reader.read(*node.manifest, none, at, "");
  } else {
    node.params = reader.read(*node.manifest, *params, params_marks, "");
  }
  const auto inputs = text.value.find("inputs");
  const bool written = inputs != text.value.end();
  reader.read_inputs(*node.manifest, written ? &*inputs : nullptr, text.marks.at("inputs"),
                     written ? text.marks.at("inputs").value : text.marks.key, "");
  if (draft.seed_written && !draft.random)
    reading.error(text.marks.at("seed").value,
                  label + ": \"seed\" has no effect, " + node.manifest->spec.type + " draws no random numbers");
  if (!draft.random) node.seed = 0;
  return draft;
}

}  // namespace retort
