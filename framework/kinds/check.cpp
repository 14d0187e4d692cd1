#include "kinds/check.h"

#include <algorithm>

#include "core/nearest.h"
#include "core/plugin_spec.h"
#include "core/system_text.h"

namespace retort {
namespace {

std::string quoted(const std::string& name) { return "\"" + name + "\""; }

std::string joined(const std::vector<std::string>& words, const std::string& between) {
  std::string all;
  for (const auto& word : words) all += (all.empty() ? "" : between) + word;
  return all;
}

/// "; did you mean …?", else all there are.
std::string hint(const std::string& name, const std::vector<std::string>& known) {
  if (const std::string near = nearest(name, known); !near.empty()) return "; " + did_you_mean(near);
  return known.empty() ? "; there is none" : "; known are " + joined(known, ", ");
}

class Check {
 public:
  Check(const Kind& kind, MadeBy made_by) : kind_(kind), made_by_(made_by) {}

  std::vector<std::string> of(const Json& meta, const std::vector<std::string>& files) {
    if (!meta.is_object()) return {kind_.name + ": the meta is no object"};
    entries("", kind_.metas, kind_.others ? &*kind_.others : nullptr, meta);
    if (breaches_.empty()) these(files, meta);  // which files belong to it hangs on the meta
    return breaches_;
  }

 private:
  void breach(const std::string& text) { breaches_.push_back(kind_.name + ": " + text); }

  template <class F>
  bool may_lack(const F& fact) const {
    return fact.may_lack || (!fact.since.empty() && made_by_ != MadeBy::this_version);
  }

  template <class F>
  static std::string reason(const F& fact) {
    return fact.condition ? ", and " + fact.condition->text() : "";
  }

  /// `place`: of an object inside the meta, "normalization.".
  void entries(const std::string& place, const std::vector<MetaFact>& facts, const MetaFact* others, const Json& meta) {
    std::vector<std::string> known;
    for (const auto& fact : facts) {
      known.push_back(fact.name);
      const bool there = meta.contains(fact.name), applies = fact.applies(meta);
      if (there && applies)
        value(place + fact.name, fact, meta.at(fact.name));
      else if (there)
        breach("meta " + quoted(place + fact.name) + " has no place here: " + negated(fact));
      else if (applies && !may_lack(fact))
        breach("meta " + quoted(place + fact.name) + " (" + fact.type + ") is missing" + reason(fact));
    }
    for (const auto& [name, found] : meta.items()) {
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      if (others)
        value(place + name, *others, found);
      else if (made_by_ != MadeBy::store)
        breach("meta " + quoted(place + name) + " is not known" + hint(name, known));
    }
  }

  static std::string negated(const MetaFact& fact) {
    Condition other = *fact.condition;
    other.holds = !other.holds;
    return other.text();
  }

  void value(const std::string& place, const MetaFact& fact, const Json& found) {
    if (!has_type(found, fact.type))
      return breach("meta " + quoted(place) + " expects " + fact.type + ", got " + json_type_name(found));
    if (!fact.choices.empty() && !contains(fact.choices, found))
      return breach("meta " + quoted(place) + " is " + dump_text(found) + "; it can be " + joined(fact.choices, ", "));
    if (fact.fields.empty()) return;
    if (found.is_object()) return entries(place + ".", fact.fields, nullptr, found);
    for (size_t i = 0; i < found.size(); ++i)
      entries(place + "[" + std::to_string(i) + "].", fact.fields, nullptr, found[i]);
  }

  static bool contains(const std::vector<std::string>& all, const Json& one) {
    return std::find(all.begin(), all.end(), one.get<std::string>()) != all.end();
  }

  void these(const std::vector<std::string>& files, const Json& meta) {
    std::vector<std::string> known;
    std::vector<bool> used(files.size(), false);
    for (const auto& fact : kind_.files) {
      if (!fact.applies(meta)) continue;
      known.push_back(fact.name);
      bool found = false;
      for (size_t i = 0; i < files.size(); ++i)
        if (fact.covers(files[i])) used[i] = found = true;
      if (!found && !may_lack(fact)) breach("file " + quoted(fact.name) + " is missing" + reason(fact));
    }
    for (size_t i = 0; i < files.size(); ++i)
      if (!used[i] && made_by_ != MadeBy::store)
        breach("file " + quoted(files[i]) + " does not belong to it" + hint(files[i], known));
  }

  const Kind& kind_;
  const MadeBy made_by_;
  std::vector<std::string> breaches_;
};

}  // namespace

std::vector<std::string> breaches_of(const std::string& kind, const Json& meta, const std::vector<std::string>& files,
                                     MadeBy made_by) {
  const Kind* known = find_kind(kind);
  return known ? Check(*known, made_by).of(meta, files) : std::vector<std::string>();
}

}  // namespace retort
