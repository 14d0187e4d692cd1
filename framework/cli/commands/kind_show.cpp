#include <iostream>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/session/kinds_here.h"
#include "core/nearest.h"

namespace retort {
namespace {

int run(const Words& words) {
  std::string name;
  bool json = false;
  Options options("kind show", "Shows what artifacts of a kind hold: files, tensors, meta, who writes and reads them.");
  options.argument("kind", name, "Its name: images, labels, …");
  options.flag("--json", json, "Print JSON");
  if (const auto code = options.parse(words)) return *code;
  std::vector<std::string> known;
  for (const auto& kind : kinds_here()) {
    known.push_back(kind.name);
    if (kind.name != name) continue;
    std::cout << (json ? to_json(kind).dump(1) + "\n" : kind_page(kind));
    return kDone;
  }
  std::cerr << "retort kind show: there is no kind \"" << name << "\"";
  if (const std::string near = nearest(name, known); !near.empty()) std::cerr << "; " << did_you_mean(near);
  std::cerr << '\n';
  return kUsage;
}

}  // namespace

extern const Command kind_show_command = {"kind", "show", "Show one kind: files, tensors, meta, users", run};

}  // namespace retort
