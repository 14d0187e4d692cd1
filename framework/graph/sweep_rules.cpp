#include <algorithm>

#include "graph/cells.h"

namespace retort {
namespace {

using Mode = SweepRules::Mode;

const std::vector<std::string> kModes = {"grid", "one_at_a_time", "leave_one_out", "list", "random"};

bool is_count(const Json& value) { return value.is_number_unsigned() && value.get<uint64_t>() >= 1; }

}  // namespace

SweepRules read_rules(Reading& reading, const MarkedJson& sweep) {
  SweepRules rules;
  const MarkedJson mode = member_of(sweep, "mode"), count = member_of(sweep, "count"), seed = member_of(sweep, "seed");
  if (sweep.value.contains("mode")) {
    const std::string name = mode.value.is_string() ? mode.value.get<std::string>() : mode.value.dump();
    const auto found = std::find(kModes.begin(), kModes.end(), name);
    if (found == kModes.end())
      reading.error(mode.marks.value, "there is no mode " + in_quotes(name), name_hint(name, choices(kModes), "modes"));
    else
      rules.mode = static_cast<Mode>(found - kModes.begin());
  }
  for (const char* name : {"count", "seed"})
    if (sweep.value.contains(name) && rules.mode != Mode::random)
      reading.error(sweep.marks.at(name).key, in_quotes(name) + " goes with mode \"random\" only");
  if (rules.mode != Mode::random) return rules;
  if (is_count(count.value))
    rules.count = count.value;
  else
    reading.error(count.value.is_null() ? mode.marks.value : count.marks.value,
                  count.value.is_null() ? "mode \"random\" needs \"count\": how many cells"
                                        : "\"count\" expects an integer of at least 1, got " + shown(count.value));
  if (seed.value.is_number_unsigned())
    rules.seed = seed.value;
  else if (!seed.value.is_null())
    reading.error(seed.marks.value, "\"seed\" expects an integer of at least 0, got " + shown(seed.value));
  return rules;
}

}  // namespace retort
