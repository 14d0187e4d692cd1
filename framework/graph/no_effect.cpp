#include "graph/no_effect.h"

#include <algorithm>
#include <set>

#include "graph/declares.h"

namespace retort {
namespace {

class NoEffect {
 public:
  NoEffect(Reading& reading, const MarkedJson& document, const Lets& lets, const Sweep& sweep,
           const std::vector<GraphNode>& nodes, const std::string& file)
      : reading_(reading), document_(document), lets_(lets), sweep_(sweep), nodes_(nodes), file_(file) {}

  void warn() {
    of_graph("seed", &PluginSpec::random, "draws random numbers");
    of_graph("precision", &PluginSpec::numeric, "is numeric");
    of_nodes();
    of_lets();
    of_replicate();
    of_axes();
  }

 private:
  void warning(Mark mark, const std::string& message, const std::string& hint = "") {
    reading_.diagnostics.warning(reading_.place(mark), message, hint);
  }

  /// A setting of the graph holds for the nodes that do not write their own.
  void of_graph(const std::string& name, bool PluginSpec::* which, const std::string& what) {
    if (!document_.value.contains(name)) return;
    const auto takes = [&](const GraphNode& node) { return declares(node, which) && !node.places.count(name); };
    if (std::any_of(nodes_.begin(), nodes_.end(), takes)) return;
    warning(document_.marks.at(name).value,
            "the graph's " + in_quotes(name) + " has no effect: no node " + what + " and leaves it to the graph");
  }

  void of_nodes() {
    for (const auto& node : nodes_) {
      const auto place = node.places.find("precision");
      if (place != node.places.end() && !declares(node, &PluginSpec::numeric))
        reading_.diagnostics.warning(place->second, "node " + in_quotes(node.base) + ": \"precision\" has no effect, " +
                                                        node.manifest->spec.type + " is not numeric");
    }
  }

  void of_lets() {
    for (const auto& [name, mark] : lets_.unused())
      if (const Place place = reading_.place(mark);
          place.file.empty() || place.file == file_)  // included ones are shared
        warning(mark, "\"let\": " + in_quotes(name) + " has no effect: nothing refers to it",
                "write {\"ref\": " + in_quotes(name) + "} where its value is wanted");
  }

  void of_replicate() {
    const auto is_replicate = [&](const GraphNode& node) { return node.cell.count(sweep_.replicate) > 0; };
    if (!sweep_.replicate.empty() && std::none_of(nodes_.begin(), nodes_.end(), is_replicate))
      warning(sweep_.replicate_mark,
              "\"replicate\" has no effect: no node draws random numbers and leaves its seed open");
  }

  /// Of two axes that set the same place in a cell the later counts. One that never does is warned of.
  void of_axes() {
    std::vector<bool> counts(sweep_.axes.size(), false), overwritten(sweep_.axes.size(), false);
    for (const Cell& cell : sweep_.cells) {
      std::set<std::string> set;
      for (size_t a = sweep_.axes.size(); a-- > 0;) {
        if (cell[a] == kAbsent) continue;
        for (const auto& change : sweep_.axes[a].values[cell[a]].changes) {
          const bool last = set.insert(change.setting.node + "." + path_text(change.setting.steps)).second;
          (last ? counts : overwritten)[a] = true;
        }
      }
    }
    for (size_t a = 0; a < sweep_.axes.size(); ++a)
      if (overwritten[a] && !counts[a])
        warning(sweep_.axes[a].mark, "axis " + in_quotes(sweep_.axes[a].name) +
                                         " has no effect: axes that are written later set the same in every cell");
  }

  Reading& reading_;
  const MarkedJson& document_;
  const Lets& lets_;
  const Sweep& sweep_;
  const std::vector<GraphNode>& nodes_;
  const std::string& file_;
};

}  // namespace

void warn_of_no_effect(Reading& reading, const MarkedJson& document, const Lets& lets, const Sweep& sweep,
                       const std::vector<GraphNode>& nodes, const std::string& file) {
  NoEffect(reading, document, lets, sweep, nodes, file).warn();
}

}  // namespace retort
