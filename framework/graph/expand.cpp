#include "graph/expand.h"

#include <algorithm>
#include <bit>
#include <unordered_map>
#include <unordered_set>

#include "graph/order.h"

namespace retort {
namespace {

constexpr size_t kMostCycles = 20;

/// Cells here have one value more: the index of the seed, last.
using CellIndex = std::unordered_map<Cell, size_t, CellHash>;

class Expansion {
 public:
  Expansion(Reading& reading, std::vector<NodeText>& texts, const Sweep& sweep, const Inherited& inherited)
      : reading_(reading), texts_(texts), sweep_(sweep), inherited_(inherited) {
    for (size_t i = 0; i < texts.size(); ++i) nodes_.emplace(texts[i].name, i);
    touching_.resize(texts.size());
    replicated_.resize(texts.size());
    for (size_t a = 0; a < sweep.axes.size(); ++a)
      for (const auto& value : sweep.axes[a].values)
        for (const auto& change : value.changes) touching_[nodes_.at(change.setting.node)] |= bit(a);
    for (const auto& name : sweep.nodes) replicated_[nodes_.at(name)] = true;
  }

  std::vector<GraphNode> run() {
    list_cells();
    drafts_.resize(texts_.size());
    draft_index_.resize(texts_.size());
    for (size_t base = 0; base < texts_.size(); ++base) make_drafts(base);
    Order order = topological_order(texts_.size(), edges());
    for (size_t reported = 0; !order.cycles.empty(); order = topological_order(texts_.size(), edges()))
      for (const auto& cycle : order.cycles) {
        if (++reported > kMostCycles) return {};
        report(cycle);
        cut(cycle);
      }
    placed_.resize(texts_.size());
    result_.reserve(texts_.size());
    for (const size_t base : order.nodes) place(base);
    return std::move(result_);
  }

 private:
  static uint64_t bit(size_t axis) { return uint64_t{1} << axis; }
  size_t replicate_axis() const { return sweep_.axes.size(); }

  void list_cells() {
    const size_t seeds = std::max<size_t>(1, sweep_.seeds.size());
    cells_.reserve(sweep_.cells.size() * seeds);
    for (const Cell& cell : sweep_.cells)
      for (uint32_t seed = 0; seed < seeds; ++seed) {
        cells_.push_back(cell);
        cells_.back().push_back(seed);
      }
  }

  /// The values of the axes in `mask`; others absent.
  static Cell part(const Cell& cell, uint64_t mask) {
    Cell values(cell.size(), kAbsent);
    for (uint64_t rest = mask; rest; rest &= rest - 1) {
      const auto axis = static_cast<size_t>(std::countr_zero(rest));
      values[axis] = cell[axis];
    }
    return values;
  }

  void make_drafts(size_t base) {
    NodeText& node = texts_[base];
    if (!touching_[base]) {
      drafts_[base].push_back(read(base, node.text));
      node.text.value = nullptr;  // its memory serves the next drafts
      node.text.marks.inside = {};
    } else {
      for (const Cell& cell : cells_) {
        Cell values = part(cell, touching_[base]);
        if (draft_index_[base].count(values)) continue;
        MarkedJson text = node.text;
        for (size_t a = 0; a < sweep_.axes.size(); ++a)
          if (values[a] != kAbsent)
            for (const auto& change : sweep_.axes[a].values[values[a]].changes)
              if (change.setting.node == node.name)
                apply_setting(reading_, change.setting, change.value, change.mark, text);
        draft_index_[base].emplace(std::move(values), drafts_[base].size());
        drafts_[base].push_back(read(base, text));
      }
    }
    if (!replicated_[base]) return;
    for (const auto& draft : drafts_[base])
      if (draft.node.manifest && !draft.random)
        reading_.error(sweep_.replicate_mark, "node " + in_quotes(node.name) + " (" + draft.node.manifest->spec.type +
                                                  ") cannot be replicated: it draws no random numbers");
  }

  Draft read(size_t base, const MarkedJson& text) {
    return read_draft(reading_, texts_[base].name, text, inherited_, nodes_);
  }

  Draft& draft_of(size_t base, const Cell& cell) {
    if (!touching_[base]) return drafts_[base].front();
    return drafts_[base][draft_index_[base].at(part(cell, touching_[base]))];
  }

  /// Of all drafts together: what needs what in any cell.
  std::vector<std::pair<size_t, size_t>> edges() const {
    std::vector<std::pair<size_t, size_t>> all;
    for (size_t base = 0; base < drafts_.size(); ++base)
      for (const auto& draft : drafts_[base])
        for (const auto& input : draft.inputs)
          for (const auto& link : input.links) all.emplace_back(base, link.node);
    return all;
  }

  void report(const std::vector<size_t>& cycle) {
    const auto first = std::min_element(cycle.begin(), cycle.end());
    std::string names;
    for (size_t i = 0; i <= cycle.size(); ++i)
      names += (i ? " -> " : "") + texts_[cycle[(static_cast<size_t>(first - cycle.begin()) + i) % cycle.size()]].name;
    reading_.error(texts_[*first].text.marks.key, "these nodes need each other: " + names);
  }

  /// Takes one link out of a cycle that was reported, so that the rest of the graph can still be checked.
  void cut(const std::vector<size_t>& cycle) {
    const auto closes = [&](const LinkDraft& link) { return link.node == cycle.back(); };
    for (auto& draft : drafts_[cycle.front()])
      for (auto& input : draft.inputs) std::erase_if(input.links, closes);
  }

  bool is_replicated(size_t base, const Draft& draft) const {
    if (sweep_.replicate.empty() || !draft.random) return false;
    return sweep_.all_nodes ? !draft.seed_written : replicated_[base];
  }

  size_t placed(size_t base, size_t cell) const {
    return placed_[base].size() == 1 ? placed_[base][0] : placed_[base][cell];
  }

  void place(size_t base) {
    std::unordered_map<uint64_t, CellIndex> known;  // by the axes it depends on, which may differ from cell to cell
    uint64_t any = 0;
    for (size_t c = 0; c < cells_.size(); ++c) {
      Draft& draft = draft_of(base, cells_[c]);
      uint64_t mask = touching_[base] | (is_replicated(base, draft) ? bit(replicate_axis()) : 0);
      for (const auto& input : draft.inputs)
        for (const auto& link : input.links) mask |= masks_[placed(link.node, c)];
      any |= mask;
      size_t node = result_.size();
      if (cells_.size() > 1) node = known[mask].try_emplace(part(cells_[c], mask), node).first->second;
      if (node == result_.size()) add(base, draft, mask, c);
      placed_[base].push_back(node);
      if (!any && c == 0 && depends_on_nothing(base)) break;  // the same in every cell
    }
  }

  /// Whether the node is one in all cells: nothing changes it, nor, in any cell, what it is linked with.
  bool depends_on_nothing(size_t base) const {
    if (touching_[base]) return false;
    const Draft& draft = drafts_[base].front();
    for (const auto& input : draft.inputs)
      for (const auto& link : input.links)
        if (placed_[link.node].size() != 1) return false;
    return true;
  }

  void add(size_t base, Draft& draft, uint64_t mask, size_t cell) {
    GraphNode node = cells_.size() == 1 ? std::move(draft.node) : draft.node;
    std::string suffix;
    for (uint64_t rest = mask; rest; rest &= rest - 1) {
      const auto axis = static_cast<size_t>(std::countr_zero(rest));
      const size_t value = cells_[cell][axis];
      if (value == kAbsent) continue;
      const bool replicate = axis == replicate_axis();
      const std::string& name = replicate ? sweep_.replicate : sweep_.axes[axis].name;
      const std::string text =
          replicate ? std::to_string(sweep_.seeds.at(value)) : sweep_.axes[axis].values[value].name;
      suffix += (suffix.empty() ? "" : ",") + name + "=" + text;
      node.cell[name] = text;
      if (replicate && is_replicated(base, draft)) {
        node.seed = sweep_.seeds.at(value);
        node.places["seed"] = {"", 0, 0, "sweep axis " + in_quotes(name)};
      }
    }
    if (!suffix.empty()) node.name += "{" + suffix + "}";
    if (!suffix.empty() && !names_.insert(node.name).second)
      reading_.error(texts_[base].text.marks.key,
                     "two cells of node " + in_quotes(texts_[base].name) + " are called " + in_quotes(node.name),
                     "a value that looks like two makes them alike: name it otherwise");
    for (const auto& input : draft.inputs)
      for (const auto& link : input.links)
        node.inputs[input.port].push_back({placed(link.node, cell), link.port, link.place});
    masks_.push_back(mask);
    result_.push_back(std::move(node));
  }

  Reading& reading_;
  std::vector<NodeText>& texts_;
  const Sweep& sweep_;
  const Inherited& inherited_;
  NodeIndex nodes_;
  std::vector<uint64_t> touching_;  ///< of each base node: the axes (bits) that change it itself
  std::vector<bool> replicated_;    ///< named in "replicate"
  std::vector<Cell> cells_;
  std::vector<std::vector<Draft>> drafts_;   ///< of each base node …
  std::vector<CellIndex> draft_index_;       ///< … by the values of the axes that touch it, if any
  std::vector<std::vector<size_t>> placed_;  ///< base node, cell → node of the result; one if all cells share it
  std::unordered_set<std::string> names_;    ///< of the nodes of the result that stand in a cell
  std::vector<uint64_t> masks_;              ///< of each node of the result: the axes it depends on
  std::vector<GraphNode> result_;
};

}  // namespace

std::vector<GraphNode> expand(Reading& reading, std::vector<NodeText> texts, const Sweep& sweep,
                              const Inherited& inherited) {
  return Expansion(reading, texts, sweep, inherited).run();
}

}  // namespace retort
