#pragma once
// What a plugin says about itself, as plain data: type name, ports, parameters with their rules. A plugin fills it once
// through Declare (declare.h); the build writes it into the plugin's manifest; the coordinator checks graphs against
// it without loading code, and the worker checks again with the same functions. There is one implementation of each
// rule.
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace retort {

using Json = nlohmann::json;

/// One declared parameter. `type` is one of: bool, integer, number, string, path, list of integer, list of number,
/// list of string, component, list of component.
struct ParamSpec {
  std::string name;
  std::string type;
  std::string doc;
  Json default_value;              ///< null: absent by default (optional), or required if `required`
  bool required = false;           ///< must be written in the graph
  bool optional = false;           ///< null is allowed and means "absent"
  std::optional<double> min, max;  ///< inclusive unless the flag below says otherwise; for lists: of each element
  bool min_exclusive = false, max_exclusive = false;
  std::vector<std::string> choices;  ///< for strings: the allowed values
  std::string component_kind;        ///< for components: the kind that fits, e.g. recover_loss
  bool in_key = true;                ///< false only if the value cannot change results
  std::optional<Json> neutral;       ///< a value that means "as before this parameter existed"; left out of the key
  bool budget = false;               ///< how far to go (epochs), not what to compute
  std::string horizon;               ///< of a budget: the parameter that says how long schedules are; null means as far
  std::vector<std::string> files;    ///< for paths that name a folder: the files in it that are read

  bool is_component() const { return type == "component" || type == "list of component"; }
};

/// One port. Facts are what downstream must know before anything runs (classes, image_size, channels).
struct PortSpec {
  std::string name;
  std::string kind;  ///< kind of artifact: dataset, encoder, classifier, images, labels, metrics, …
  std::string doc;
  bool list = false;               ///< input: takes several links
  bool optional = false;           ///< input: may be left out
  bool held_out = false;           ///< output: test data; accepted by evaluate.* and diagnose.* only
  std::vector<std::string> kinds;  ///< input: further kinds it accepts
  Json facts = Json::object();     ///< output: {"classes": 10, "image_size": {"param": "size"}}
  std::string facts_of;            ///< output: all facts of this input are passed on
};

struct PluginSpec {
  std::string type;  ///< the name in a graph: "recover", "bn_match"
  std::string kind;  ///< "node", or the component kind
  std::string summary;
  std::vector<ParamSpec> params;
  std::vector<PortSpec> inputs, outputs;
  bool random = false;    ///< the seed reaches it and is in its key
  bool numeric = false;   ///< the numeric environment is in its key
  bool source = false;    ///< its result depends on files outside the store
  bool uncached = false;  ///< runs each time (prints, exports)
  Json proof;             ///< the job that shows whether a change of code changed results (Declare::proof); or null
  std::optional<int> version;  ///< code identity on the author's word; absent: digest of the sources

  const ParamSpec* param(const std::string& name) const;
  const PortSpec* input(const std::string& name) const;
  const PortSpec* output(const std::string& name) const;
};

Json to_json(const PluginSpec& spec);
PluginSpec plugin_spec_from_json(const Json& json);

/// What is wrong with `value` for `spec`, in the form `"lr" expects number, got string ("a")`; nothing if it is right.
/// Components are checked for shape only ({"type": name, …}); their own parameters are checked against their own spec.
std::optional<std::string> problem_with(const ParamSpec& spec, const Json& value);

/// The value in the one form that enters a key: integers given for a number become floating point.
Json canonical(const ParamSpec& spec, const Json& value);

/// Names used in every message about a value: null, bool, integer, number, string, list, object.
std::string json_type_name(const Json& value);

}  // namespace retort
