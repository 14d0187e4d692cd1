#pragma once
// What an artifact of a kind holds: the contract between the node that writes one and those that read it. One file a
// kind (all/), bound to nothing else: the check of every artifact (check.h), the pages of `retort kind` and the table
// in plugins/README.md are made of it.
//
//   Kind kind("labels", "Labels of images, or what makes them");
//   kind.file("labels.safetensors", "A label an image").when("form", {"image"})
//       .tensor({"logits", {"float32"}, "[N, K]", "Mean of the teachers"});
//   kind.meta("count", "integer", "N, the number of images").unless("form", {"hard"});
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace retort {

using Json = nlohmann::json;

/// On what a fact depends: that an entry of the meta is there, with one of some texts.
struct Condition {
  std::string entry;
  std::vector<std::string> values;  ///< empty: any
  bool holds = true;                ///< false: only where it is not so

  bool fits(const Json& meta) const;
  std::string text() const;  ///< "form is image or replay"
};

/// What files and entries of the meta have in common. Setters return the fact, so that it reads as one line.
template <class Self>
struct Fact {
  std::string name, doc;
  bool may_lack = false;               ///< also where the condition holds
  std::string since;                   ///< version that first wrote it: artifacts made before may lack it
  std::optional<Condition> condition;  ///< none: always

  Self& optional() { return may_lack = true, self(); }
  Self& written_since(std::string version) { return since = std::move(version), self(); }
  Self& when(std::string entry, std::vector<std::string> values = {}) {
    return condition = Condition{std::move(entry), std::move(values), true}, self();
  }
  Self& unless(std::string entry, std::vector<std::string> values = {}) {
    return condition = Condition{std::move(entry), std::move(values), false}, self();
  }
  bool applies(const Json& meta) const { return !condition || condition->fits(meta); }

 private:
  Self& self() { return static_cast<Self&>(*this); }
};

/// A tensor in a safetensors file.
struct TensorFact {
  std::string name;                ///< "*": any, of which `doc` says the names
  std::vector<std::string> types;  ///< "uint8", "float32", …; empty: any
  std::string shape;               ///< "[N, C, H, W]"; empty: any
  std::string doc;                 ///< with unit and range
  bool may_lack = false;
};

struct FileFact : Fact<FileFact> {
  std::vector<TensorFact> tensors;  ///< empty: no safetensors file

  FileFact& tensor(TensorFact fact) { return tensors.push_back(std::move(fact)), *this; }
  /// In the name, '*' stands for any characters but '/'.
  bool covers(const std::string& file) const;
};

struct MetaFact : Fact<MetaFact> {
  std::string type;                  ///< as has_type() takes it
  std::vector<std::string> choices;  ///< of a string; empty: any
  std::vector<MetaFact> fields;      ///< of an object, or of each object in a list; empty: any

  MetaFact(std::string called, std::string of_type, std::string about) : type(std::move(of_type)) {
    name = std::move(called), doc = std::move(about);
  }
  MetaFact& one_of(std::vector<std::string> values) { return choices = std::move(values), *this; }
  MetaFact& holds(std::vector<MetaFact> facts) { return fields = std::move(facts), *this; }
};

/// string, bool, integer, number (an integer too), object; "list of " any of them.
bool has_type(const Json& value, const std::string& type);

struct Kind {
  std::string name, summary;
  std::vector<FileFact> files;
  std::vector<MetaFact> metas;
  std::optional<MetaFact> others;  ///< what entries of any other name are, where there may be such

  Kind(std::string called, std::string about) : name(std::move(called)), summary(std::move(about)) {}
  /// The reference holds until the next file or meta is added.
  FileFact& file(std::string called, std::string about);
  MetaFact& meta(std::string called, std::string type, std::string about) {
    return meta(MetaFact(std::move(called), std::move(type), std::move(about)));
  }
  MetaFact& meta(MetaFact fact) { return metas.emplace_back(std::move(fact)); }
};

/// All kinds that have a contract. A plugin may have others, of its own: nothing in them is checked.
const std::vector<Kind>& kinds();
const Kind* find_kind(const std::string& name);  ///< null if it has no contract
std::vector<std::string> kind_names();

}  // namespace retort
