#include "graph/schema.h"

#include <set>

#include "graph/keys.h"

namespace retort {
namespace {

constexpr const char* kNodeName = "^[A-Za-z0-9_-]+$";

Json reference(const std::string& name) { return {{"$ref", "#/$defs/" + name}}; }
Json const_with(const std::string& value, const std::string& doc) { return {{"const", value}, {"description", doc}}; }
Json described(Json schema, const std::string& doc) {
  schema["description"] = doc;
  return schema;
}
Json list_of(Json items) { return {{"type", "array"}, {"items", std::move(items)}}; }
Json closed_object(Json properties) {
  return {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
}
Json map_of(Json values) { return {{"type", "object"}, {"additionalProperties", std::move(values)}}; }
Json string_schema() { return {{"type", "string"}}; }

/// A value, or a reference to one of "let". Keywords about objects judge the reference, the others the value.
Json or_reference(Json schema) {
  if (schema.contains("enum")) return {{"anyOf", {std::move(schema), reference("reference")}}};
  schema["type"] = {schema["type"], "object"};
  schema["properties"] = {{"ref", string_schema()}};
  schema["required"] = {"ref"};
  schema["additionalProperties"] = false;
  return schema;
}

Json element_schema(const ParamSpec& param, const std::string& type) {
  if (type == "component") return reference("kind." + param.component_kind);
  Json schema = {{"type", type == "bool" ? "boolean" : type == "path" ? "string" : type}};
  if (param.min) schema[param.min_exclusive ? "exclusiveMinimum" : "minimum"] = *param.min;
  if (param.max) schema[param.max_exclusive ? "exclusiveMaximum" : "maximum"] = *param.max;
  if (!param.choices.empty()) schema["enum"] = param.choices;
  return or_reference(std::move(schema));
}

Json param_schema(const ParamSpec& param) {
  const bool list = param.type.rfind("list of ", 0) == 0;
  Json schema =
      list ? or_reference(list_of(element_schema(param, param.type.substr(8)))) : element_schema(param, param.type);
  if (param.optional) schema = {{"anyOf", {std::move(schema), {{"type", "null"}}}}};
  schema["description"] = param.doc;
  if (!param.required) schema["default"] = param.default_value;
  return schema;
}

Json params_schema(const PluginSpec& spec) {
  Json properties = Json::object();
  for (const auto& param : spec.params) properties[param.name] = param_schema(param);
  return properties;
}

Json inputs_schema(const PluginSpec& spec) {
  Json properties = Json::object();
  for (const auto& port : spec.inputs) {
    std::string kinds = port.kind;
    for (const auto& kind : port.kinds) kinds += " or " + kind;
    properties[port.name] =
        described(port.list ? list_of(reference("link")) : reference("link"), port.doc + " (" + kinds + ")");
  }
  return closed_object(properties);
}

/// A node's parameters; a reference may stand for all that are not written.
Json node_params_schema(const PluginSpec& spec) {
  Json properties = params_schema(spec);
  properties["ref"] = string_schema();
  return closed_object(properties);
}

/// {"if": the object's type is this one, "then": …}
Json for_type(const std::string& type, Json then) {
  return {{"if", {{"properties", {{"type", {{"const", type}}}}}, {"required", {"type"}}}}, {"then", std::move(then)}};
}

Json type_choice(const std::vector<const Manifest*>& manifests) {
  Json any = Json::array();
  for (const Manifest* one : manifests) any.push_back(const_with(one->spec.type, one->spec.summary));
  return any.empty() ? Json(string_schema()) : Json({{"anyOf", any}});
}

/// Components of one kind: by their type the parameters that go with it.
Json kind_schema(const std::vector<const Manifest*>& manifests) {
  Json schema = {{"type", "object"}, {"properties", {{"type", type_choice(manifests)}}}};
  Json all = Json::array();
  for (const Manifest* one : manifests) {
    Json properties = params_schema(one->spec);
    properties["type"] = true;
    properties["inputs"] = inputs_schema(one->spec);
    all.push_back(for_type(one->spec.type, closed_object(properties)));
  }
  if (!all.empty()) schema["allOf"] = all;
  return schema;
}

Json settings_schema() {
  return {{"seed",
           {{"type", "integer"},
            {"minimum", 0},
            {"default", 0},
            {"description", "Seed of the types that draw random numbers"}}},
          {"device",
           {{"enum", kDevices},
            {"default", "auto"},
            {"description", "Where numeric nodes run; auto is cuda if there is one"}}},
          {"precision", {{"enum", kPrecisions}, {"default", "float32"}, {"description", "Of training and recovery"}}},
          {"threads",
           {{"type", "integer"},
            {"minimum", 1},
            {"maximum", kMostThreads},
            {"default", 1},
            {"description", "Threads of a node; part of the key of numeric types"}}}};
}

Json node_schema(const std::vector<const Manifest*>& manifests) {
  Json properties = settings_schema();
  for (const char* name : {"seed", "device", "precision", "threads"}) properties[name].erase("default");  // the graph's
  properties["type"] = type_choice(manifests);
  properties["inputs"] = described({{"type", "object"}}, "What it reads: port → \"node.port\"");
  properties["params"] = described({{"type", "object"}}, "Values of its parameters");
  properties["timeout"] = {{"type", "number"}, {"exclusiveMinimum", 0}, {"description", "Seconds the node may take"}};
  properties["description"] = string_schema();
  Json schema = closed_object(properties);
  Json all = Json::array();
  for (const Manifest* one : manifests)
    all.push_back(
        for_type(one->spec.type,
                 {{"properties", {{"params", node_params_schema(one->spec)}, {"inputs", inputs_schema(one->spec)}}}}));
  if (!all.empty()) schema["allOf"] = all;
  return schema;
}

/// What a node must have where nothing can add it later: no include, no sweep.
Json complete_node_schema(const std::vector<const Manifest*>& manifests) {
  Json schema = {{"required", {"type"}}};
  Json all = Json::array();
  for (const Manifest* one : manifests) {
    Json params = Json::array(), inputs = Json::array(), required = Json::array(), properties = Json::object();
    for (const auto& param : one->spec.params)
      if (param.required) params.push_back(param.name);
    for (const auto& port : one->spec.inputs)
      if (!port.optional) inputs.push_back(port.name);
    if (!params.empty())
      required.push_back("params"),
          properties["params"] = {{"anyOf", {{{"required", params}}, {{"required", {"ref"}}}}}};
    if (!inputs.empty()) required.push_back("inputs"), properties["inputs"] = {{"required", inputs}};
    if (!required.empty())
      all.push_back(for_type(one->spec.type, {{"properties", properties}, {"required", required}}));
  }
  if (!all.empty()) schema["allOf"] = all;
  return schema;
}

/// "node.parameter", or several that are set to the same value.
Json path_properties() {
  return {{"path", described(string_schema(), "node.parameter, node.losses[1].weight, node.inputs.port, let.name")},
          {"paths", described(list_of(string_schema()), "All set to the same value")}};
}

Json axis_form(Json properties) {
  properties.update(path_properties());
  return closed_object(std::move(properties));
}

Json if_has(const std::string& key, Json then) { return {{"if", {{"required", {key}}}}, {"then", std::move(then)}}; }

/// Null takes an axis of an included file away.
Json axes_schema() { return map_of({{"anyOf", {reference("axis"), {{"type", "null"}}}}}); }

/// Where nothing is included, null takes nothing away.
Json axes_without_include() {
  return map_of({{"type", "object"}, {"additionalProperties", {{"not", {{"type", "null"}}}}}});
}

/// Of an axis; what its form is depends on the key that holds its values.
Json axis_schema() {
  const Json ends = {{"type", "array"}, {"items", {{"type", "number"}}}, {"minItems", 2}, {"maxItems", 2}};
  const Json n = {{"type", "integer"}, {"minimum", 2}, {"description", "Number of values, both ends included"}};
  const Json values = axis_form({{"values", described({{"type", "array"}, {"minItems", 1}}, "Values of the axis")}});
  const Json choose = axis_form(
      {{"choose", described(map_of({{"type", "object"}}),
                            "Component type → its parameters; a list is an axis of its own beside that choice")}});
  const Json without =
      closed_object({{"without", described(string_schema(), "A list: all of it, then without each element")}});
  Json named =
      map_of({{"type", {"object", "null"}},
              {"description", "path → value; \"axes\": axes beside this value; null: not this one of an include"},
              {"properties", {{"axes", axes_schema()}}}});
  const Json none = {{"not",
                      {{"anyOf",
                        {{{"required", {"values"}}},
                         {{"required", {"log"}}},
                         {{"required", {"linear"}}},
                         {{"required", {"choose"}}},
                         {{"required", {"without"}}}}}}}};
  return {{"type", "object"},
          {"allOf",
           {if_has("values", values),
            if_has("log", axis_form({{"log", ends}, {"n", n}})),
            if_has("linear", axis_form({{"linear", ends}, {"n", n}})),
            if_has("choose", choose),
            if_has("without", without),
            {{"if", none}, {"then", named}}}}};
}

Json cells_schema(const std::string& doc) { return described(list_of({{"type", "object"}}), doc); }

Json stat_schema() {
  return described(list_of({{"type", "string"}, {"pattern", "^(mean|std|n|ci([0-9][0-9])?)$"}}),
                   "What to show of a cell");
}

Json collect_schema() {
  const Json one = closed_object({{"metric", described(string_schema(), "node.metric")},
                                  {"over", described(string_schema(), "The replicate axis: seed")},
                                  {"stat", stat_schema()}});
  return {{"anyOf", {one, list_of(one)}}};
}

Json sweep_schema() {
  const Json seeds = {
      {"type", "array"}, {"items", {{"type", "integer"}, {"minimum", 0}}}, {"minItems", 1}, {"uniqueItems", true}};
  const Json replicate =
      closed_object({{"seed", seeds},
                     {"nodes", described(list_of(string_schema()),
                                         "Nodes that are replicated; default: all that draw random numbers")}});
  return described(
      closed_object(
          {{"axes", axes_schema()},
           {"mode", {{"enum", {"grid", "one_at_a_time", "leave_one_out", "list", "random"}}, {"default", "grid"}}},
           {"baseline",
            described({{"type", "object"}}, "axis → value that others are compared with; default: the first")},
           {"grid", described(list_of(string_schema()), "Axes that are crossed with the changes of the others")},
           {"zip", described(list_of(list_of(string_schema())), "Axes that go together")},
           {"exclude", cells_schema("Cells to leave out: axis → value or values")},
           {"include", cells_schema("Cells to add: axis → value; others as in the baseline")},
           {"count", {{"type", "integer"}, {"minimum", 1}, {"description", "Cells of mode random"}}},
           {"seed", {{"type", "integer"}, {"minimum", 0}, {"description", "Of mode random"}}},
           {"replicate", replicate},
           {"collect", collect_schema()}}),
      "Cells made of the values of axes; only what is downstream of a change multiplies");
}

Json tables_schema() {
  const Json names = list_of(string_schema());
  const Json rows = {{"anyOf", {names, map_of(string_schema())}}};
  return list_of(closed_object(
      {{"title", string_schema()},
       {"node", described(string_schema(), "Node whose metrics fill the table")},
       {"metrics", described({{"type", "array"}, {"items", string_schema()}, {"minItems", 1}}, "Names of metrics")},
       {"rows", described(rows, "Axes, or label → node")},
       {"columns", described(names, "Axes")},
       {"stat", stat_schema()},
       {"confidence", {{"type", "number"}, {"exclusiveMinimum", 0}, {"exclusiveMaximum", 1}, {"default", 0.95}}},
       {"baseline", described({{"type", {"object", "string"}}}, "axis → value of the cell to compare with, or a row")},
       {"slope", described(closed_object({{"over", described(string_schema(), "The axis")},
                                          {"at", described(map_of({{"type", "number"}}),
                                                           "value of the axis → its place; default: the value, "
                                                           "as a number")},
                                          {"scale", {{"enum", {"linear", "log2"}}, {"default", "linear"}}}}),
                           "Cells are slopes of the metric over this axis, intervals a bootstrap over replicates")},
       {"best", {{"enum", {"max", "min"}}, {"description", "Mark the best cell if the intervals say so"}}}}));
}

}  // namespace

Json graph_schema(const Catalog& catalog) {
  std::set<std::string> named;
  for (const Manifest* one : catalog.all()) {
    named.insert(one->spec.kind);
    for (const auto& param : one->spec.params)
      if (param.is_component()) named.insert(param.component_kind);
  }
  Json defs;
  for (const auto& kind : named)
    if (kind != "node") defs["kind." + kind] = kind_schema(catalog.of_kind(kind));
  const auto nodes = catalog.of_kind("node");
  defs["link"] = {{"type", "string"}, {"pattern", "^[A-Za-z0-9_-]+(\\.[A-Za-z0-9_]+)?$"}};
  defs["reference"] = {{"type", "object"},
                       {"properties", {{"ref", string_schema()}}},
                       {"required", {"ref"}},
                       {"additionalProperties", false}};
  defs["axis"] = axis_schema();
  defs["node"] = node_schema(nodes);
  defs["complete_node"] = complete_node_schema(nodes);

  Json properties = settings_schema();
  properties["$schema"] = string_schema();
  properties["retort"] = {{"const", kGraphVersion}, {"description", "Version of the format"}};
  properties["title"] = properties["description"] = string_schema();
  properties["include"] = described({{"anyOf", {string_schema(), list_of(string_schema())}}},
                                    "Files merged below this one; later files and this one win");
  properties["let"] = described({{"type", "object"}}, "name → value; {\"ref\": name} stands for it");
  properties["nodes"] = {{"type", "object"},
                         {"propertyNames", {{"pattern", kNodeName}}},
                         {"additionalProperties", {{"anyOf", {reference("node"), {{"type", "null"}}}}}}};
  properties["sweep"] = sweep_schema();
  properties["tables"] = tables_schema();
  properties["datasheet"] =
      described({{"type", "object"}}, "How a result was made, beside what leaves the store; not read");

  Json schema = closed_object(properties);
  schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  schema["title"] = "Retort graph";
  schema["required"] = {"retort"};
  schema["if"] = {{"not", {{"anyOf", {{{"required", {"include"}}}, {{"required", {"sweep"}}}}}}}};
  schema["then"] = {{"required", {"nodes"}},
                    {"properties", {{"nodes", {{"additionalProperties", reference("complete_node")}}}}}};
  Json whole = {{"if", {{"not", {{"required", {"include"}}}}}}};
  whole["then"]["properties"]["sweep"]["properties"]["axes"] = axes_without_include();
  schema["allOf"] = Json::array({whole});
  schema["$defs"] = defs;
  return schema;
}

}  // namespace retort
