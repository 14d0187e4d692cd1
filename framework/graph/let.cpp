#include "graph/let.h"

#include <algorithm>

namespace retort {
namespace {

bool is_reference(const Json& value) { return value.is_object() && value.contains("ref") && value["ref"].is_string(); }

std::string step_text(const Setting::Step& step) {
  return std::holds_alternative<size_t>(step) ? "[" + std::to_string(std::get<size_t>(step)) + "]"
                                              : std::get<std::string>(step);
}

/// What stands beside the reference.
MarkedJson taken_beside(const Json& value, const Marks& marks) {
  MarkedJson own{value, marks};
  own.value.erase("ref");
  return own;
}

/// One step down; null if it leads nowhere.
const Json* inside(const Json& value, const Setting::Step& step) {
  if (const auto* index = std::get_if<size_t>(&step))
    return value.is_array() && *index < value.size() ? &value[*index] : nullptr;
  const auto& name = std::get<std::string>(step);
  return value.is_object() && value.contains(name) ? &value[name] : nullptr;
}

const Marks& marks_inside(const Marks& marks, const Setting::Step& step) {
  if (const auto* index = std::get_if<size_t>(&step)) return marks.at(*index);
  return marks.at(std::get<std::string>(step));
}

std::vector<std::string> names_in(const Json& object) {
  std::vector<std::string> names;
  if (object.is_object())
    for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;
}

/// Marks of a member, made of the object's own if the member came with the whole of it.
Marks& known_marks(Marks& object, const std::string& name) {
  if (Marks* found = object.find(name)) return *found;
  const Mark mark = object.value;
  Marks& made = object.make(name);
  made.key = made.value = mark;
  return made;
}

}  // namespace

Lets Lets::resolve(Reading& reading, MarkedJson& document) {
  Lets lets;
  lets.all_.value = Json::object();
  if (const auto found = document.value.find("let"); found != document.value.end()) {
    if (found->is_object())
      lets.all_ = {*found, document.marks.at("let")};
    else
      reading.error(document.marks.at("let").value, "\"let\" expects object, got " + shown(*found),
                    "write {\"name\": value}");
  }
  if (!document.value.contains("let")) return lets;
  for (const char* part : {"nodes", "sweep"}) {
    const auto found = document.value.find(part);
    if (found == document.value.end() || !found->is_object()) continue;
    Marks& marks = document.marks.make(part);
    for (auto& [name, value] : found->get_ref<Json::object_t&>()) {
      Site here{{}, std::string(part) == "nodes" ? name : "", {}, {}};
      lets.walk(reading, value, known_marks(marks, name), here);
    }
  }
  return lets;
}

bool Lets::walk(Reading& reading, Json& value, Marks& marks, Site& here) {
  if (is_reference(value)) {
    const std::string text = value["ref"];
    const Mark mark = marks.at("ref").value;
    MarkedJson own = taken_beside(value, marks);
    const size_t site = sites_.size();
    if (!enter(reading, text, mark, value, marks, here)) return false;
    const bool ok = walk(reading, value, marks, here);
    open_.pop_back();
    if (!ok) return false;
    walk(reading, own.value, own.marks, here);
    if (!here.node.empty()) sites_[site].own = own.value;
    return change(reading, std::move(own), value, marks);
  }
  if (!value.is_structured()) return true;
  if (value.is_array() && marks.inside.size() < value.size()) {
    Marks known;
    known.key = known.value = marks.value;
    marks.inside.resize(value.size(), known);
  }
  for (size_t i = 0; value.is_array() && i < value.size(); ++i) {
    here.steps.emplace_back(i);
    walk(reading, value[i], marks.inside[i], here);
    here.steps.pop_back();
  }
  if (!value.is_object()) return true;
  std::vector<std::string> broken;  // left out: what it would be is not known, and its default does no harm
  for (auto& [name, one] : value.get_ref<Json::object_t&>()) {
    if (!one.is_structured()) continue;
    here.steps.emplace_back(name);
    if (!walk(reading, one, known_marks(marks, name), here)) broken.push_back(name);
    here.steps.pop_back();
  }
  for (const auto& name : broken) value.erase(name);
  return true;
}

/// Changes what was referred to by what stands beside the reference. False, with an error, if that is no object.
bool Lets::change(Reading& reading, MarkedJson own, Json& value, Marks& marks) {
  if (own.value.empty()) return true;
  if (!value.is_object()) {
    reading.error(marks.value, "\"ref\": what stands beside a reference changes an object, and this is " + shown(value),
                  "leave the reference alone, or refer to an object");
    return false;
  }
  MarkedJson changed{std::move(value), std::move(marks)};
  merge_patch(changed, std::move(own));
  value = std::move(changed.value);
  marks = std::move(changed.marks);
  return true;
}

/// Puts what is referred to in the place of the reference and remembers the place. False, with an error, if there is no
/// such value.
bool Lets::enter(Reading& reading, const std::string& text, Mark mark, Json& value, Marks& marks, Site& here) {
  const auto steps = path_steps(text);
  if (!steps) {
    reading.error(mark, "\"ref\": " + in_quotes(text) + " is no path",
                  "write {\"ref\": \"name\"} or {\"ref\": \"name.part\"}");
    return false;
  }
  if (std::find(open_.begin(), open_.end(), text) != open_.end()) {
    reading.error(mark, "\"ref\": " + in_quotes(text) + " refers to itself: " + joined(open_, " -> ") + " -> " + text);
    return false;
  }
  const Json* target = &all_.value;
  const Marks* target_marks = &all_.marks;
  for (const auto& step : *steps) {
    const Json* next = inside(*target, step);
    if (!next) {
      reading.error(mark, "\"ref\": \"let\" has no " + in_quotes(text),
                    name_hint(step_text(step), choices(names_in(*target)), "names"));
      return false;
    }
    target_marks = &marks_inside(*target_marks, step);
    target = next;
  }
  used_.insert(step_text(steps->front()));
  value = *target;
  marks.value = target_marks->value;
  marks.inside = target_marks->inside;
  if (!here.node.empty()) sites_.push_back({*steps, here.node, here.steps, Json()});
  open_.push_back(text);
  return true;
}

std::vector<std::pair<std::string, Mark>> Lets::unused() const {
  std::vector<std::pair<std::string, Mark>> all;
  for (const auto& [name, value] : all_.value.items())
    if (!used_.count(name)) all.emplace_back(name, all_.marks.at(name).key);
  return all;
}

std::vector<std::pair<Setting, Json>> Lets::places_of(Reading& reading, const Setting& path, const Json& value,
                                                      Mark mark) const {
  std::vector<std::pair<Setting, Json>> places;
  const Steps wanted(path.steps.begin() + 1, path.steps.end());
  for (const auto& site : sites_) {
    const size_t common = std::min(wanted.size(), site.let.size());
    if (!std::equal(wanted.begin(), wanted.begin() + static_cast<long>(common), site.let.begin())) continue;
    Setting setting{site.node, site.steps, path.text, path.mark};
    setting.steps.insert(setting.steps.end(), wanted.begin() + static_cast<long>(common), wanted.end());
    const Json* part = &value;
    for (size_t i = common; part && i < site.let.size(); ++i) part = inside(*part, site.let[i]);
    const Json* own = &site.own;  // what stands beside the reference stays
    for (size_t i = common; own && i < wanted.size(); ++i) own = inside(*own, wanted[i]);
    Json given = part ? *part : Json();
    if (own && !own->empty()) given.merge_patch(*own);
    if (part)
      places.emplace_back(std::move(setting), std::move(given));
    else
      reading.error(
          mark, "this value of " + in_quotes(path.text) + " lacks what node " + in_quotes(site.node) + " refers to");
  }
  if (places.empty() && !reading.diagnostics.has_errors())
    reading.error(path.mark, "no node refers to " + in_quotes(path.text),
                  "write {\"ref\": \"name\"} where its value is wanted");
  return places;
}

}  // namespace retort
