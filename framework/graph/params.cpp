#include "graph/params.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/file_kind.h"
#include "core/files.h"
#include "core/nearest.h"
#include "core/system_text.h"

namespace retort {
namespace {

constexpr size_t kMostHinted = 100;  // mistakes that get a hint

namespace fs = std::filesystem;

std::string inside(const std::string& path, const std::string& name) { return path.empty() ? name : path + "." + name; }

std::string about(const ParamSpec& spec) { return spec.doc.empty() ? "" : in_quotes(spec.name) + ": " + spec.doc; }

/// The mark of the list element that a problem is about, or of the value.
Mark problem_mark(const ParamSpec& spec, const Json& value, const Marks& marks) {
  if (!value.is_array() || spec.type.rfind("list of ", 0) != 0) return marks.value;
  for (size_t i = 0; i < value.size(); ++i)
    if (problem_with(spec, Json::array({value[i]}))) return marks.at(i).value;
  return marks.value;
}

std::string value_hint(const ParamSpec& spec, const Json& value) {
  if (value.is_object() && value.contains("ref")) return "the graph has no \"let\" to refer to";
  if (spec.is_component() && value.is_string()) return "write {\"type\": " + value.dump() + "}";
  if (spec.type == "list of component" && value.is_object()) return "write a list: [" + value.dump() + "]";
  if (value.is_string() && !spec.choices.empty())
    if (const std::string near = nearest(value.get<std::string>(), spec.choices); !near.empty())
      return did_you_mean(near);
  return about(spec);
}

/// What is where a data set's files should be: another version of it, or of another, has other names.
std::string holds_instead(const fs::path& folder) {
  constexpr size_t kShown = 6;
  std::error_code none;
  if (!fs::is_directory(folder, none)) return "it is no folder" + what_it_is(folder);
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder, none)) names.push_back(entry.path().filename().string());
  if (names.empty()) return "the folder is empty";
  std::sort(names.begin(), names.end());
  const size_t more = names.size() - std::min(names.size(), kShown);
  names.resize(names.size() - more);
  return "the folder holds " + joined(names, ", ") + (more > 0 ? " and " + std::to_string(more) + " more" : "");
}

}  // namespace

bool split_link(const std::string& text, std::string& node, std::string& port) {
  const size_t dot = text.find('.');
  node = text.substr(0, dot);
  port = dot == std::string::npos ? "" : text.substr(dot + 1);
  return !node.empty() && (dot == std::string::npos || !port.empty());
}

std::string ParamReader::subject(const std::string& path) const {
  return "node " + in_quotes(draft_.node.name) + " (" + draft_.node.manifest->spec.type + ")" +
         (path.empty() ? "" : ", " + path);
}

Json ParamReader::read(const Manifest& owner, const Json& given, const Marks& marks, const std::string& path) {
  Json result = Json::object();
  if (!path.empty()) result["type"] = owner.spec.type;
  draft_.random = draft_.random || owner.spec.random;
  for (const auto& [name, value] : given.items()) {
    if (owner.spec.param(name) || (!path.empty() && (name == "type" || name == "inputs"))) continue;
    const bool port = owner.spec.input(name);
    reading_.error(marks.at(name).key, subject(path) + ": unknown parameter " + in_quotes(name),
                   port ? in_quotes(name) + " is an input: it goes into \"inputs\""
                        : name_hint(name, choices(owner.spec.params), "parameters"));
  }
  for (const auto& spec : owner.spec.params) {
    const auto found = given.find(spec.name);
    const bool written = found != given.end();
    if (!written && spec.required) {
      reading_.error(marks.value, subject(path) + ": parameter " + in_quotes(spec.name) + " is required", about(spec));
      continue;
    }
    const Json& value = written ? *found : spec.default_value;
    const Marks& at = written ? marks.at(spec.name) : marks;
    if (written) draft_.node.places["params." + inside(path, spec.name)] = reading_.place(at.value);
    if (value.is_null() && !written) {
      result[spec.name] = nullptr;
    } else if (auto problem = problem_with(spec, value)) {
      reading_.error(written ? problem_mark(spec, value, at) : at.value, subject(path) + ": " + *problem,
                     value_hint(spec, value));
    } else if (spec.type == "path") {
      result[spec.name] = read_path(owner.spec, spec, value, at, written, path);
    } else {
      result[spec.name] = read_value(spec, value, at, path);
    }
  }
  return result;
}

Json ParamReader::read_value(const ParamSpec& spec, const Json& value, const Marks& marks, const std::string& path) {
  if (!spec.is_component() || value.is_null()) return canonical(spec, value);
  const std::string name = inside(path, spec.name);
  if (spec.type == "component") return read_component(spec, value, marks, name, path);
  Json list = Json::array();
  for (size_t i = 0; i < value.size(); ++i)
    list.push_back(read_component(spec, value[i], marks.at(i), name + "[" + std::to_string(i) + "]", path));
  return list;
}

const Manifest* ParamReader::component(const ParamSpec& spec, const Json& value, const Marks& marks,
                                       const std::string& path, const std::string& owner_path) {
  const std::string& kind = spec.component_kind;
  const auto hint = [&](const std::string& near) {
    return name_hint(near, choices(reading_.catalog.of_kind(kind)), kind);
  };
  const auto type = value.find("type");
  if (type == value.end()) {
    reading_.error(marks.value, subject(path) + ": a component needs a \"type\"", hint(""));
    return nullptr;
  }
  const Mark mark = marks.at("type").value;
  if (!type->is_string()) {
    reading_.error(mark, subject(path) + ": \"type\" expects string, got " + shown(*type), hint(""));
    return nullptr;
  }
  const std::string name = *type;
  const Manifest* found = reading_.catalog.find(kind, name);
  if (!found) {
    const Manifest* other = reading_.catalog.find(name);
    const std::string what = other ? in_quotes(name) + " is of kind " + other->spec.kind + ", " + in_quotes(spec.name) +
                                         " takes kind " + kind
                                   : "there is no " + kind + " " + in_quotes(name);
    reading_.error(mark, subject(owner_path) + ": " + what, hint(name));
    reading_.lacks_plugins = reading_.lacks_plugins || !other;
  } else if (!found->refused.empty() && !reading_.options.shows_only) {
    reading_.error(mark, subject(owner_path) + ": " + in_quotes(name) + " cannot be used: " + found->refused);
  }
  return found;
}

Json ParamReader::read_component(const ParamSpec& spec, const Json& value, const Marks& marks, const std::string& path,
                                 const std::string& owner_path) {
  const Manifest* manifest = component(spec, value, marks, path, owner_path);
  if (!manifest) return value;
  draft_.node.components.push_back({path, manifest});
  Json result = read(*manifest, value, marks, path);
  const auto inputs = value.find("inputs");
  const Marks& inputs_marks = marks.at("inputs");
  read_inputs(*manifest, inputs == value.end() ? nullptr : &*inputs, inputs_marks, marks.value, path);
  return result;
}

Json ParamReader::read_path(const PluginSpec& owner, const ParamSpec& spec, const Json& value, const Marks& marks,
                            bool given, const std::string& path) {
  if (value.is_null() || value.get_ref<const std::string&>().empty()) return value;
  const fs::path written = bytes_of(value.get<std::string>());
  fs::path folder;  // of the file that names it; `--set` is relative to where the command runs
  if (!given)
    folder = data_home();
  else if (const std::string& file = reading_.texts.file(marks.value.source); !file.empty())
    folder = fs::path(file).parent_path();
  const fs::path resolved = fs::absolute(folder / written).lexically_normal();
  if (!reading_.options.check_files) return text_of(resolved.string());
  std::string hint;
  if (!given && owner.type.rfind("dataset.", 0) == 0)
    hint = "get it with: retort data fetch " + owner.type.substr(8) + "\nor set RETORT_DATA to the folder it lies in";
  std::error_code failed;
  if (!fs::exists(resolved, failed)) {
    reading_.error(marks.value, subject(path) + ": " + in_quotes(spec.name) + ": there is no " + resolved.string(),
                   hint);
    return text_of(resolved.string());
  }
  bool told = false;
  for (const auto& file : spec.files)
    if (!fs::exists(resolved / file, failed)) {
      reading_.error(marks.value,
                     subject(path) + ": " + in_quotes(spec.name) + ": there is no " + file + " in " + resolved.string(),
                     (std::exchange(told, true) ? "" : holds_instead(resolved) + "\n") + hint);
    }
  return text_of(resolved.string());
}

void ParamReader::read_inputs(const Manifest& owner, const Json* given, const Marks& marks, Mark missing,
                              const std::string& path) {
  static const Json none = Json::object();
  if (given && !given->is_object()) {
    reading_.error(marks.value, subject(path) + ": \"inputs\" expects object, got " + shown(*given),
                   "write {\"port\": \"node.port\"}");
    return;
  }
  if (!given) given = &none;
  for (const auto& [name, value] : given->items()) {
    if (owner.spec.input(name)) continue;
    const bool param = owner.spec.param(name);
    const std::string none_at_all = owner.spec.inputs.empty() ? owner.spec.type + " has no inputs" : "";
    reading_.error(marks.at(name).key, subject(path) + ": unknown input " + in_quotes(name),
                   param ? in_quotes(name) + " is a parameter: it goes into \"params\""
                         : none_at_all + name_hint(name, choices(owner.spec.inputs), "inputs"));
  }
  for (const auto& spec : owner.spec.inputs) {
    InputDraft input;
    input.port = inside(path, spec.name);
    input.spec = &spec;
    const auto found = given->find(spec.name);
    const bool absent = found == given->end() || found->is_null() || (found->is_array() && found->empty());
    if (absent) {
      if (!spec.optional)
        reading_.error(found == given->end() ? missing : marks.at(spec.name).value,
                       subject(path) + ": input " + in_quotes(spec.name) + " (" + spec.kind + ") is not linked",
                       spec.doc.empty() ? "" : in_quotes(spec.name) + ": " + spec.doc);
      continue;
    }
    input.place = reading_.place(marks.at(spec.name).value);
    draft_.node.places["inputs." + input.port] = input.place;
    read_links(input, *found, marks.at(spec.name), path);
    draft_.inputs.push_back(std::move(input));
  }
}

void ParamReader::read_links(InputDraft& input, const Json& value, const Marks& marks, const std::string& path) {
  const auto label = [&] { return subject(path) + ": input " + in_quotes(input.spec->name); };
  if (input.spec->list && value.is_string()) {
    reading_.error(marks.value, label() + " takes a list of links", "write [" + value.dump() + "]");
  } else if (input.spec->list && value.is_array()) {
    for (size_t i = 0; i < value.size(); ++i) read_link(input, value[i], marks.at(i).value, path);
    return;
  } else if (value.is_array()) {
    reading_.error(marks.value, label() + " takes one link, got a list of " + std::to_string(value.size()),
                   value.size() == 1 ? "write " + value[0].dump() : "");
  }
  if (!value.is_array()) read_link(input, value, marks.value, path);
}

void ParamReader::read_link(InputDraft& input, const Json& value, Mark mark, const std::string& path) {
  const auto label = [&] { return subject(path) + ": input " + in_quotes(input.spec->name); };
  LinkDraft link;
  if (!value.is_string()) {
    reading_.error(mark, label() + " expects a link, got " + shown(value), "write \"node\" or \"node.port\"");
    return;
  }
  std::string node;
  if (!split_link(value.get_ref<const std::string&>(), node, link.port)) {
    reading_.error(mark, label() + ": " + value.dump() + " is no link", "write \"node\" or \"node.port\"");
    return;
  }
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) {
    std::vector<std::string> names;
    // Comparing every wrong name with every right one would take as long as both together are many.
    if (reading_.diagnostics.errors() < kMostHinted)
      for (const auto& [name, index] : nodes_) names.push_back(name);
    std::sort(names.begin(), names.end());
    reading_.error(mark, label() + ": there is no node " + in_quotes(node), name_hint(node, choices(names), "nodes"));
    return;
  }
  link.node = found->second;
  link.place = reading_.place(mark);
  input.links.push_back(std::move(link));
}

}  // namespace retort
