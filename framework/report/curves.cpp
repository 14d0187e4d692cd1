#include "report/curves.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/files.h"
#include "core/json_read.h"
#include "events/event_log.h"

namespace retort {
namespace {

constexpr size_t kMostPoints = 200000, kFewestEach = 20;

using Points = std::vector<std::pair<double, double>>;
using Curves = std::map<std::string, std::map<size_t, Points>>;  ///< metric → node → points

class Collection {
 public:
  Collection(const Subject& subject, const Store& store) : subject_(subject), store_(store) {
    const auto& nodes = subject.state.nodes;
    for (size_t i = 0; i < nodes.size(); ++i) runs_[run_of(i)][nodes[i].name] = i;
  }

  Curves all() {
    for (const auto& [run, nodes] : runs_)
      if (!run.empty()) from_log(run, nodes);
    for (size_t i = 0; i < subject_.records.size(); ++i)
      if (subject_.records[i]) from_record(i, *subject_.records[i]);
    return std::move(curves_);
  }

 private:
  /// Which run computed the node, or tries to.
  std::string run_of(size_t node) const {
    const auto& record = subject_.records[node];
    return record ? text_in(record->about, "run") : subject_.state.run;
  }

  void add(size_t node, const std::string& name, const Json& step, const Json& value) {
    if (step.is_number() && value.is_number())
      curves_[name][node].emplace_back(step.get<double>(), value.get<double>());
  }

  void from_log(const std::string& run, const std::map<std::string, size_t>& nodes) {
    const auto id = RunId::read(run);
    if (!id || !is_there(store_.run(*id) / kEventsFile)) return;
    const auto file = store_.run(*id) / kEventsFile;
    each_event(file, [&](Json&& event) {
      const std::string kind = event["ev"];
      if (kind != "metric" && kind != "node") return;
      const auto node = nodes.find(event["node"].get_ref<const std::string&>());
      if (node == nodes.end()) return;
      if (kind == "metric") {
        add(node->second, event.value("name", ""), event.value("step", Json()), event.value("value", Json()));
        logged_.insert(node->second);
      } else if (event.value("status", "") == "running" && logged_.erase(node->second) > 0) {
        for (auto& [name, curves] : curves_) curves.erase(node->second);  // it began again
      }
    });
  }

  /// A log may hold the end of a curve only: of a training that went on from a kept state.
  void from_record(size_t node, const Record& record) {
    for (const auto& [port, output] : record.outputs) {
      if (output.kind != "curves") continue;
      for (const auto& file : output.files) {
        if (file.name != "curves.json") continue;
        const Json json = parsed_json(read(record, file));
        if (!json.is_object()) continue;
        for (const auto& [name, points] : json.items()) {
          curves_[name].erase(node);
          for (const auto& point : points)
            if (point.is_array() && point.size() == 2) add(node, name, point[0], point[1]);
        }
      }
    }
  }

  /// A page is worth more than one damaged file: that is fsck's business.
  std::string read(const Record& record, const StoredFile& file) const {
    try {
      return store_.read(record, file);
    } catch (const Error&) {
      return "";
    }
  }

  const Subject& subject_;
  const Store& store_;
  std::map<std::string, std::map<std::string, size_t>> runs_;  ///< run → its nodes that are looked for
  std::set<size_t> logged_;                                    ///< nodes that have points from a log
  Curves curves_;
};

/// Six digits: more than a plot can show.
double rounded(double value) {
  if (value == 0 || !std::isfinite(value)) return value;
  const double scale = std::pow(10.0, 5 - std::floor(std::log10(std::fabs(value))));
  return std::isfinite(scale) && scale > 0 ? std::round(value * scale) / scale : value;
}

Json curve_json(size_t node, const Points& points, size_t most) {
  Json json = Json::array({node});
  const size_t count = std::min(points.size(), most);
  for (size_t i = 0; i < count; ++i) {
    const auto& [step, value] = points[count < 2 ? 0 : i * (points.size() - 1) / (count - 1)];
    json.push_back(step);
    json.push_back(std::isfinite(value) ? Json(rounded(value)) : Json());
  }
  return json;
}

}  // namespace

Json curves_json(const Subject& subject, const Store& store) {
  const Curves all = Collection(subject, store).all();
  size_t count = 0;
  for (const auto& [name, curves] : all) count += curves.size();
  const size_t most = std::max(kFewestEach, kMostPoints / std::max<size_t>(1, count));
  Json metrics = Json::array();
  for (const auto& [name, curves] : all) {
    Json metric = {{"name", name}, {"curves", Json::array()}};
    for (const auto& [node, points] : curves) {
      metric["curves"].push_back(curve_json(node, points, most));
      if (points.size() > most) metric["thinned"] = true;
    }
    if (!curves.empty()) metrics.push_back(std::move(metric));
  }
  return metrics;
}

}  // namespace retort
