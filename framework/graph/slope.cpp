#include "graph/slope.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "graph/keys.h"

namespace retort {
namespace {

class SlopeReader {
 public:
  SlopeReader(Reading& reading, const Sweep& sweep, const Json& json, const Marks& marks)
      : reading_(reading), sweep_(sweep), json_(json), marks_(marks) {}

  std::optional<SlopeSpec> read(const TableSpec& table) {
    if (!json_.is_object()) return wrong(marks_.value, "\"slope\" expects object, got " + shown(json_), kExample);
    refuse_unknown(reading_, {json_, marks_}, {"over", "at", "scale"}, "\"slope\"");
    SlopeSpec slope;
    if (!read_axis(slope) || !read_scale(slope)) return std::nullopt;
    for (const auto* side : {&table.rows, &table.columns})
      if (std::find(side->begin(), side->end(), slope.axis) != side->end())
        return wrong(marks_.at("over").value,
                     "axis " + in_quotes(slope.axis) + " is in the rows or columns: a slope is taken over another one");
    if (!read_places(slope)) return std::nullopt;
    std::set<double> places;
    for (const auto& [value, place] : slope.at) places.insert(place);
    if (places.size() > 1) return slope;
    return wrong(marks_.value, "a slope needs values of axis " + in_quotes(slope.axis) + " in two places or more");
  }

 private:
  static constexpr const char* kExample = "write {\"over\": \"axis\", \"at\": {\"value\": 1}}";

  std::nullopt_t wrong(Mark mark, const std::string& what, const std::string& hint = "") {
    reading_.error(mark, "table: " + what, hint);
    return std::nullopt;
  }

  bool read_axis(SlopeSpec& slope) {
    std::vector<std::string> axes;
    for (const auto& axis : sweep_.axes) axes.push_back(axis.name);
    const auto over = json_.find("over");
    if (over == json_.end()) return wrong(marks_.value, "\"slope\" needs \"over\", an axis", kExample), false;
    const Mark mark = marks_.at("over").value;
    if (!over->is_string()) return wrong(mark, "\"over\" expects string, got " + shown(*over)), false;
    slope.axis = *over;
    if (std::find(axes.begin(), axes.end(), slope.axis) != axes.end()) return true;
    if (slope.axis == sweep_.replicate)
      return wrong(mark, "\"over\": replicates are averaged over, a slope is taken over an axis"), false;
    return wrong(mark, "there is no axis " + in_quotes(slope.axis), name_hint(slope.axis, choices(axes), "axes")),
           false;
  }

  bool read_scale(SlopeSpec& slope) {
    const auto scale = json_.find("scale");
    if (scale == json_.end()) return true;
    slope.log2 = *scale == "log2";
    if (slope.log2 || *scale == "linear") return true;
    return wrong(marks_.at("scale").value, "\"scale\" is " + shown(*scale) + ", must be \"linear\" or \"log2\""), false;
  }

  bool read_places(SlopeSpec& slope) {
    const auto at = json_.find("at");
    if (at != json_.end() && !at->is_object())
      return wrong(marks_.at("at").value, "\"at\" expects object, got " + shown(*at), kExample), false;
    std::vector<std::string> values;
    for (const auto& axis : sweep_.axes)
      if (axis.name == slope.axis)
        for (const auto& value : axis.values) values.push_back(value.name);
    bool right = true;
    for (const auto& value : values) right &= read_place(slope, value);
    if (at == json_.end()) return right;
    for (const auto& [name, place] : at->items()) {
      if (std::find(values.begin(), values.end(), name) != values.end()) continue;
      wrong(marks_.at("at").at(name).key, "axis " + in_quotes(slope.axis) + " has no value " + in_quotes(name),
            name_hint(name, choices(values), "values"));
      right = false;
    }
    return right;
  }

  bool read_place(SlopeSpec& slope, const std::string& value) {
    const auto at = json_.find("at");
    const Mark mark = at == json_.end() ? marks_.value : marks_.at("at").value;
    std::optional<double> place;
    if (at == json_.end())
      place = number(value);
    else if (const auto found = at->find(value); found != at->end() && found->is_number())
      place = found->get<double>();
    else if (found != at->end())
      return wrong(marks_.at("at").at(value).value, in_quotes(value) + " expects number, got " + shown(*found)), false;
    if (!place)
      return wrong(mark,
                   "nothing says where value " + in_quotes(value) + " of axis " + in_quotes(slope.axis) + " stands",
                   "write \"at\": {" + in_quotes(value) + ": 1}"),
             false;
    if (slope.log2 && *place <= 0)
      return wrong(mark,
                   "value " + in_quotes(value) + " stands at " + Json(*place).dump() + ", which has no logarithm"),
             false;
    slope.at[value] = slope.log2 ? std::log2(*place) : *place;
    return true;
  }

  static std::optional<double> number(const std::string& text) {
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    return text.empty() || *end || !std::isfinite(value) ? std::nullopt : std::optional(value);
  }

  Reading& reading_;
  const Sweep& sweep_;
  const Json& json_;
  const Marks& marks_;
};

}  // namespace

void read_slope(Reading& reading, const Sweep& sweep, const MarkedJson& slope, TableSpec& table) {
  table.slope = SlopeReader(reading, sweep, slope.value, slope.marks).read(table);
}

}  // namespace retort
