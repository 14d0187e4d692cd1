#include <iostream>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/session/kinds_here.h"

namespace retort {
namespace {

constexpr size_t kNameWidth = 14;

int run(const Words& words) {
  bool json = false;
  Options options("kind list", "Lists the kinds of artifacts that nodes hand on.",
                  "Those that only a plugin knows come last: what is in them is checked by nobody.");
  options.flag("--json", json, "Print JSON");
  if (const auto code = options.parse(words)) return *code;
  Json list = Json::array();
  std::string text;
  for (const auto& kind : kinds_here()) {
    list.push_back(to_json(kind));
    std::string name = kind.name;
    name.resize(std::max(name.size() + 1, kNameWidth), ' ');
    text += name + (kind.contract ? kind.contract->summary : "a plugin's own") + "\n";
  }
  std::cout << (json ? list.dump(1) + "\n" : text);
  return kDone;
}

}  // namespace

extern const Command kind_list_command = {"kind", "list", "List the kinds of artifacts", run};

}  // namespace retort
