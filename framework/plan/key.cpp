#include "plan/key.h"

#include <algorithm>
#include <sstream>

#include "core/digest.h"
#include "core/error.h"
#include "core/system_text.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHeader = "retort-key 1";

/// Writes the lines of one node.
class KeyWriter {
 public:
  KeyWriter(const GraphNode& node, SourceDigests& sources) : node_(node), sources_(sources) {}

  std::string write(const KeyInputs& inputs) {
    line(kHeader);
    line("type ", node_.manifest->spec.type);
    code(*node_.manifest);
    params("", *node_.manifest, node_.params);
    for (const auto& one : node_.components) component(one);
    environment();
    for (const auto& [port, links] : inputs)
      for (size_t i = 0; i < links.size(); ++i)
        line("input ", port, "[", std::to_string(i), "] ", links[i].kind, " ", links[i].digest);
    return std::move(text_);
  }

 private:
  template <class... Parts>
  void line(const Parts&... parts) {
    (text_.append(parts), ...);
    text_ += '\n';
  }

  void code(const Manifest& manifest) {
    line("code ", manifest.code);
    if (manifest.spec.version) return;
    for (const auto& [file, digest] : manifest.code_files) line("  ", file, " ", digest);
  }

  void component(const NodeComponent& one) {
    line("component ", one.path, " ", one.manifest->spec.type);
    code(*one.manifest);
    params(one.path + ".", *one.manifest, node_.params.at(pointer(one.path)));
  }

  /// "losses[1].inner" → "/losses/1/inner"
  static Json::json_pointer pointer(const std::string& path) {
    std::string text = "/";
    for (char c : path)
      if (c == '[' || c == '.') {
        text += '/';
      } else if (c != ']') {
        text += c;
      }
    return Json::json_pointer(text);
  }

  /// By name, so that the order of declarations is no part of the key.
  void params(const std::string& prefix, const Manifest& manifest, const Json& values) {
    for (const auto& [name, value] : values.items()) {
      const ParamSpec* spec = manifest.spec.param(name);
      if (!spec || !spec->in_key || spec->is_component()) continue;
      const Json canonical_value = canonical(*spec, value);
      if (spec->neutral && canonical_value == *spec->neutral) continue;
      if (spec->type == "path" && value.is_string()) {
        files(prefix + name, *spec, bytes_of(value.get<std::string>()));
      } else {
        line("param ", prefix, name, " = ", canonical_value.dump());
      }
    }
  }

  void files(const std::string& param, const ParamSpec& spec, const fs::path& path) {
    std::error_code code;
    if (!fs::is_directory(path, code))
      return file(param, path.filename().string(), [&] { return sources_.digest(path); });
    if (spec.files.empty()) return file(param, "**", [&] { return sources_.tree_digest(path); });
    std::vector<std::string> names = spec.files;
    std::sort(names.begin(), names.end());
    for (const auto& name : names) file(param, name, [&] { return sources_.digest(path / name); });
  }

  template <class DigestOf>
  void file(const std::string& param, const std::string& name, DigestOf digest) {
    try {
      line("file ", param, " ", Json(text_of(name)).dump(), " ", digest());
    } catch (const Error& error) {
      throw Error(ErrorKind::data, node_.name + ": \"" + param + "\": " + error.what());
    }
  }

  void environment() {
    bool random = node_.manifest->spec.random, numeric = node_.manifest->spec.numeric;
    std::string torch = node_.manifest->torch;
    for (const auto& one : node_.components) {
      random = random || one.manifest->spec.random;
      numeric = numeric || one.manifest->spec.numeric;
      if (one.manifest->torch != "none") torch = one.manifest->torch;
    }
    if (random) line("seed ", std::to_string(node_.seed));
    if (!numeric) return;
    line("device ", node_.device);
    line("precision ", node_.precision);
    line("threads ", std::to_string(node_.threads));
    line("torch ", torch);
  }

  const GraphNode& node_;
  SourceDigests& sources_;
  std::string text_;
};

/// Splits "losses[1] bn_match" behind its first word.
std::pair<std::string, std::string> cut(const std::string& text) {
  const auto space = text.find(' ');
  return {text.substr(0, space), space == std::string::npos ? "" : text.substr(space + 1)};
}

/// Splits "root \"train.bin\" ab12" before its last word.
std::pair<std::string, std::string> cut_last(const std::string& text) {
  const auto space = text.rfind(' ');
  return {text.substr(0, space), text.substr(space + 1)};
}

}  // namespace

std::string key_text(const GraphNode& node, const KeyInputs& inputs, SourceDigests& sources) {
  return KeyWriter(node, sources).write(inputs);
}

std::string key_of(const std::string& key_text) { return sha256_hex(key_text); }

std::optional<Budget> budget_of(const GraphNode& node, const std::string& key_text) {
  for (const auto& param : node.manifest->spec.params) {
    if (!param.budget) continue;
    Budget budget{param.name, node.params.at(param.name), ""};
    const auto is = [](const std::string& line, const std::string& name) {
      return !name.empty() && line.rfind("param " + name + " = ", 0) == 0;
    };
    std::istringstream lines(key_text);
    for (std::string line; std::getline(lines, line);)
      if (!is(line, param.name) && !is(line, param.horizon)) budget.text += line + "\n";
    if (param.horizon.empty()) return budget;
    const Json horizon = node.params.value(param.horizon, Json());
    budget.text += "horizon " + param.horizon + " = " + (horizon.is_null() ? Json(budget.stop) : horizon).dump() + "\n";
    return budget;
  }
  return std::nullopt;
}

std::vector<KeyField> fields_of(const std::string& key_text) {
  std::vector<KeyField> fields;
  std::string owner;
  std::istringstream lines(key_text);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("  ", 0) == 0) {
      const auto [file, digest] = cut_last(line.substr(2));
      fields.push_back({"code", owner, file, digest});
      continue;
    }
    const auto [label, rest] = cut(line);
    if (label == "component") {
      const auto [path, type] = cut(rest);
      owner = path;
      fields.push_back({label, "", path, type});
    } else if (label == "param") {
      const auto equals = rest.find(" = ");
      const std::string value = equals == std::string::npos ? "" : rest.substr(equals + 3);
      fields.push_back({label, "", rest.substr(0, equals), value});
    } else if (label == "file" || label == "input") {
      const auto [name, value] = label == "file" ? cut_last(rest) : cut(rest);
      fields.push_back({label, "", name, value});
    } else {
      fields.push_back({label, label == "code" ? owner : "", "", rest});
    }
  }
  return fields;
}

}  // namespace retort
