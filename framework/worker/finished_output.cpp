#include "worker/finished_output.h"

#include "core/error.h"
#include "core/json_numbers.h"
#include "kinds/check.h"

namespace retort {
namespace {

/// Metrics are meta: JSON cannot write a NaN, and a reader would find nothing in its place.
void check_numbers(const std::string& port, const Json& meta) {
  if (const auto place = not_finite_in(meta))
    throw Error(ErrorKind::not_a_number, "output \"" + port + "\": \"" + *place + "\" is not a finite number");
}

void check_kind(const PortSpec& port, const Output& output) {
  const auto breaches = breaches_of(port.kind, output.meta, output.names(), MadeBy::this_version);
  if (breaches.empty()) return;
  std::string text = "output \"" + port.name + "\" is not what its kind promises:";
  for (const auto& breach : breaches) text += "\n  " + breach;
  throw Error(ErrorKind::plugin, text + "\n  (`retort kind show " + port.kind +
                                     "` has the contract; what is a plugin's own goes into a kind of its own)");
}

}  // namespace

bool is_empty(const Output& output) { return output.names().empty() && output.meta.empty(); }

const std::vector<WrittenFile>& finished(const PortSpec& port, Output& output) {
  check_numbers(port.name, output.meta);
  check_kind(port, output);
  return output.finish();
}

}  // namespace retort
