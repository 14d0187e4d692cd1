#include "graph/select.h"

#include <algorithm>
#include <map>

#include "core/error.h"
#include "core/nearest.h"
#include "graph/value_name.h"

namespace retort {
namespace {

using Chosen = std::vector<bool>;  ///< by index of the node

[[noreturn]] void refuse(const std::string& option, const std::string& why, const std::string& wrong,
                         const std::vector<std::string>& valid) {
  const std::string near = nearest(wrong, valid);
  std::string hint = near.empty() ? "" : "; " + did_you_mean(near);
  if (near.empty() && !valid.empty() && valid.size() <= 12) {
    hint = "; there are: ";
    for (const auto& one : valid) hint += (&one == &valid[0] ? "" : ", ") + one;
  }
  throw Error(ErrorKind::user, option + ": " + why + hint);
}

class Selector {
 public:
  Selector(const Graph& graph, const Selection& selection) : graph_(graph), selection_(selection) {
    for (const auto& axis : graph.axes) axes_[axis.name] = axis.values;
    for (const auto& name : graph.replicates)
      for (const auto& node : graph.nodes)
        if (const auto it = node.cell.find(name); it != node.cell.end())
          if (auto& all = axes_[name]; std::find(all.begin(), all.end(), it->second) == all.end())
            all.push_back(it->second);
  }

  std::vector<size_t> run() {
    Chosen chosen(graph_.nodes.size(), selection_.only.empty() && selection_.nodes.empty());
    for (const auto& text : selection_.only) add_cell(text, chosen);
    for (size_t i = 0; i < graph_.nodes.size(); ++i)
      if (std::find(selection_.nodes.begin(), selection_.nodes.end(), graph_.nodes[i].name) != selection_.nodes.end())
        chosen[i] = true;
    add_needed(chosen);
    if (!selection_.until.empty()) keep(chosen, named("--until", selection_.until));
    if (!selection_.from.empty()) {
      Chosen below = named("--from", selection_.from);
      for (size_t i = 0; i < graph_.nodes.size(); ++i)
        for (const auto& [port, links] : graph_.nodes[i].inputs)
          for (const auto& link : links) below[i] = below[i] || below[link.node];
      keep(chosen, below);
    }
    add_needed(chosen);
    std::vector<size_t> indices;
    for (size_t i = 0; i < chosen.size(); ++i)
      if (chosen[i]) indices.push_back(i);
    if (indices.empty()) throw Error(ErrorKind::user, "no node of " + graph_.file + " is in that choice");
    return indices;
  }

 private:
  static void keep(Chosen& chosen, const Chosen& these) {
    for (size_t i = 0; i < chosen.size(); ++i) chosen[i] = chosen[i] && these[i];
  }

  void add_needed(Chosen& chosen) const {
    for (size_t i = graph_.nodes.size(); i-- > 0;)
      if (chosen[i])
        for (const auto& [port, links] : graph_.nodes[i].inputs)
          for (const auto& link : links) chosen[link.node] = true;
  }

  /// The node of this name, or all that came of it. False if there is none.
  bool choose_named(const std::string& name, Chosen& chosen) const {
    bool any = false;
    for (size_t i = 0; i < graph_.nodes.size(); ++i)
      if (graph_.nodes[i].name == name || graph_.nodes[i].base == name) chosen[i] = any = true;
    if (any || name.find('{') == std::string::npos) return any;
    const std::string plain = plain_numbers(name);
    for (size_t i = 0; i < graph_.nodes.size(); ++i)
      if (plain_numbers(graph_.nodes[i].name) == plain) chosen[i] = any = true;
    return any;
  }

  Chosen named(const std::string& option, const std::string& name) const {
    Chosen found(graph_.nodes.size(), false);
    if (!choose_named(name, found))
      refuse(option + " " + name, "there is no node \"" + name + "\"", name, base_names());
    return found;
  }

  std::vector<std::string> base_names() const {
    std::vector<std::string> names;
    for (const auto& node : graph_.nodes)
      if (names.empty() || names.back() != node.base) names.push_back(node.base);
    return names;
  }

  void add_cell(const std::string& text, Chosen& chosen) {
    if (choose_named(text, chosen)) return;
    const auto cell = cell_of(text);
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      const auto& own = graph_.nodes[i].cell;
      const bool matches = std::all_of(cell.begin(), cell.end(), [&](const auto& part) {
        const auto it = own.find(part.first);
        return it != own.end() && it->second == part.second;
      });
      if (matches) chosen[i] = true;
    }
  }

  /// The next comma that stands in no bracket; of brackets that do not close, the next comma.
  static size_t end_of_part(const std::string& text, size_t at) {
    int depth = 0;
    for (size_t i = at; i < text.size(); ++i) {
      if (text[i] == '[' || text[i] == '{') ++depth;
      if (text[i] == ']' || text[i] == '}') --depth;
      if (text[i] == ',' && depth <= 0) return i;
    }
    return depth > 0 ? std::min(text.find(',', at), text.size()) : text.size();
  }

  /// Values may hold commas: a part begins where the name of an axis and "=" stand.
  std::map<std::string, std::string> cell_of(const std::string& text) const {
    std::map<std::string, std::string> cell;
    std::string axis;
    for (size_t at = 0; at <= text.size();) {
      const size_t end = end_of_part(text, at);
      const std::string part = text.substr(at, end - at);
      const size_t equals = part.find('=');
      if (const std::string name = part.substr(0, equals); equals != std::string::npos && axes_.count(name)) {
        axis = name;
        cell[axis] = part.substr(equals + 1);
      } else if (!axis.empty()) {
        cell[axis] += "," + part;
      } else {
        refuse("--only " + text, "there is no axis or node \"" + name + "\"", name, axis_names());
      }
      at = end + 1;
    }
    for (auto& [name, value] : cell) value = known_value(text, name, value);
    return cell;
  }

  std::string known_value(const std::string& text, const std::string& axis, const std::string& value) const {
    const auto& values = axes_.at(axis);
    if (const auto meant = name_meant(value, values)) return values[*meant];
    refuse("--only " + text, "axis \"" + axis + "\" has no value \"" + value + "\"", value, values);
  }

  std::vector<std::string> axis_names() const {
    std::vector<std::string> names;
    for (const auto& [name, values] : axes_) names.push_back(name);
    return names;
  }

  const Graph& graph_;
  const Selection& selection_;
  std::map<std::string, std::vector<std::string>> axes_;  ///< with replicates
};

}  // namespace

std::vector<size_t> selected(const Graph& graph, const Selection& selection) {
  return Selector(graph, selection).run();
}

Graph part_of(const Graph& graph, const std::vector<size_t>& nodes) {
  Graph part;
  part.file = graph.file;
  part.title = graph.title;
  part.tables = graph.tables;
  part.replicates = graph.replicates;
  part.axes = graph.axes;
  part.cells = graph.cells;
  std::vector<size_t> place(graph.nodes.size());
  for (const size_t index : nodes) {
    place[index] = part.nodes.size();
    part.nodes.push_back(graph.nodes[index]);
    for (auto& [port, links] : part.nodes.back().inputs)
      for (auto& link : links) link.node = place[link.node];
  }
  return part;
}

}  // namespace retort
