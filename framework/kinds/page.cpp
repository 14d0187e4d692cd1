// How a kind reads: as a page and as JSON.
#include <algorithm>
#include <sstream>

#include "kinds/kinds_in_use.h"

namespace retort {
namespace {

constexpr size_t kNameWidth = 24;

std::string joined(const std::vector<std::string>& words, const std::string& between) {
  std::string all;
  for (const auto& word : words) all += (all.empty() ? "" : between) + word;
  return all;
}

std::string padded(std::string text) {
  text.resize(std::max(text.size() + 1, kNameWidth), ' ');
  return text;
}

/// "optional; where form is image; since 0.2"
template <class F>
std::string rules_of(const F& fact) {
  std::vector<std::string> rules;
  if (fact.may_lack) rules.push_back("optional");
  if (fact.condition) rules.push_back("where " + fact.condition->text());
  if (!fact.since.empty()) rules.push_back("since " + fact.since);
  return rules.empty() ? "" : " (" + joined(rules, "; ") + ")";
}

void print(std::ostream& out, const FileFact& file) {
  out << "  " << padded(file.name) << file.doc << rules_of(file) << '\n';
  for (const auto& tensor : file.tensors) {
    out << "    " << padded(tensor.name) << joined(tensor.types, " or ") << (tensor.types.empty() ? "" : " ")
        << tensor.shape << (tensor.shape.empty() ? "" : ": ") << tensor.doc << (tensor.may_lack ? " (optional)" : "")
        << '\n';
  }
}

void print(std::ostream& out, const std::string& indent, const MetaFact& meta) {
  out << indent << padded(meta.name) << meta.type;
  if (!meta.choices.empty()) out << ", " << joined(meta.choices, " or ");
  out << ": " << meta.doc << rules_of(meta) << '\n';
  for (const auto& field : meta.fields) print(out, indent + "  ", field);
}

template <class F>
Json rules_json(const F& fact) {
  Json json = {{"name", fact.name}, {"doc", fact.doc}, {"optional", fact.may_lack}};
  if (!fact.since.empty()) json["since"] = fact.since;
  if (fact.condition)
    json[fact.condition->holds ? "when" : "unless"] = {{"meta", fact.condition->entry}, {"is", fact.condition->values}};
  return json;
}

Json json_of(const MetaFact& meta) {
  Json json = rules_json(meta);
  json["type"] = meta.type;
  if (!meta.choices.empty()) json["choices"] = meta.choices;
  for (const auto& field : meta.fields) json["fields"].push_back(json_of(field));
  return json;
}

Json json_of(const FileFact& file) {
  Json json = rules_json(file);
  for (const auto& tensor : file.tensors)
    json["tensors"].push_back({{"name", tensor.name},
                               {"types", tensor.types},
                               {"shape", tensor.shape},
                               {"doc", tensor.doc},
                               {"optional", tensor.may_lack}});
  return json;
}

}  // namespace

std::string kind_page(const KindInUse& kind) {
  std::ostringstream out;
  if (const Kind* contract = kind.contract) {
    out << kind.name << ": " << contract->summary << "\n\nfiles\n";
    for (const auto& file : contract->files) print(out, file);
    out << "meta\n";
    for (const auto& meta : contract->metas) print(out, "  ", meta);
    if (contract->others) print(out, "  ", *contract->others);
    if (contract->metas.empty() && !contract->others) out << "  none\n";
  } else {
    out << kind.name << ": a plugin's own; what is in it is checked by nobody\n";
  }
  out << "\nwritten by  " << joined(kind.writers, ", ") << "\nread by     " << joined(kind.readers, ", ") << '\n';
  return out.str();
}

Json to_json(const KindInUse& kind) {
  Json json = {{"kind", kind.name}, {"written_by", kind.writers}, {"read_by", kind.readers}};
  if (!kind.contract) return json;
  json["summary"] = kind.contract->summary;
  json["files"] = json["meta"] = Json::array();
  for (const auto& file : kind.contract->files) json["files"].push_back(json_of(file));
  for (const auto& meta : kind.contract->metas) json["meta"].push_back(json_of(meta));
  if (kind.contract->others) json["other_meta"] = json_of(*kind.contract->others);
  return json;
}

}  // namespace retort
