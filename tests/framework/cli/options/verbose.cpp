// Options of `--verbose`, which every command has.
#include "framework/cli/options/effects.h"

namespace retort {

Effects verbose_options() {
  return {
      {"run --verbose", [](Shop& s) { says_what_it_does(s, {"run", "g.json"}); }},
      {"plan --verbose", [](Shop& s) { says_what_it_does(s, {"plan", "g.json"}); }},
      {"validate --verbose", [](Shop& s) { says_what_it_does(s, {"validate", "g.json"}); }},
      {"why --verbose", [](Shop& s) { says_what_it_does(s, {"why", "g.json"}); }},
      {"carry --verbose", [](Shop& s) { says_what_it_does(s, {"carry", "g.json"}); }},
      {"ls --verbose", [](Shop& s) { says_what_it_does(s, {"ls", "g.json"}); }},
      {"show --verbose", [](Shop& s) { says_what_it_does(s, {"show", "copy"}); }},
      {"runs --verbose", [](Shop& s) { says_what_it_does(s, {"runs"}); }},
      {"log --verbose", [](Shop& s) { says_what_it_does(s, {"log"}); }},
      {"watch --verbose", [](Shop& s) { says_what_it_does(s, {"watch"}); }},
      {"cancel --verbose", [](Shop& s) { says_what_it_does(s, {"cancel"}); }},
      {"debug --verbose",
       [](Shop& s) { says_what_it_does(s, {"debug", "copy", "--graph", "g.json", "--with", "env"}); }},
      {"table --verbose", [](Shop& s) { says_what_it_does(s, {"table", "g.json"}); }},
      {"diff --verbose",
       [](Shop& s) { says_what_it_does(s, {"diff", "g.json", "offset=1,seed=0", "offset=5,seed=0"}); }},
      {"report --verbose", [](Shop& s) { says_what_it_does(s, {"report", "g.json"}); }},
      {"serve --verbose", [](Shop& s) { says_what_it_does(s, {"serve", "g.json"}); }},
      {"export --verbose", [](Shop& s) { says_what_it_does(s, {"export", "copy", "there"}); }},
      {"import --verbose", [](Shop& s) { says_what_it_does(s, {"import", "a.tar"}); }},
      {"pin --verbose", [](Shop& s) { says_what_it_does(s, {"pin", "copy"}); }},
      {"unpin --verbose", [](Shop& s) { says_what_it_does(s, {"unpin", "copy"}); }},
      {"gc --verbose", [](Shop& s) { says_what_it_does(s, {"gc", "--dry-run"}); }},
      {"fsck --verbose", [](Shop& s) { says_what_it_does(s, {"fsck"}); }},
      {"data list --verbose", [](Shop& s) { says_what_it_does(s, {"data", "list"}, data_sets(s)); }},
      {"data fetch --verbose", [](Shop& s) { says_what_it_does(s, {"data", "fetch", "small"}, data_sets(s)); }},
      {"plugin list --verbose", [](Shop& s) { says_what_it_does(s, {"plugin", "list"}); }},
      {"plugin show --verbose", [](Shop& s) { says_what_it_does(s, {"plugin", "show", "test.copy"}); }},
      {"kind list --verbose", [](Shop& s) { says_what_it_does(s, {"kind", "list"}); }},
      {"kind show --verbose", [](Shop& s) { says_what_it_does(s, {"kind", "show", "images"}); }},
      {"plugin new --verbose", [](Shop& s) { says_what_it_does(s, {"plugin", "new", "node", "my.blur"}); }},
      {"plugin build --verbose", [](Shop& s) { says_what_it_does(s, {"plugin", "build"}); }},
      {"plugin check --verbose", [](Shop& s) { says_what_it_does(s, {"plugin", "check", "test.copy"}); }},
      {"schema --verbose", [](Shop& s) { says_what_it_does(s, {"schema"}); }},
      {"devices --verbose", [](Shop& s) { says_what_it_does(s, {"devices"}); }},
      {"doctor --verbose", [](Shop& s) { says_what_it_does(s, {"doctor"}); }},
      {"init --verbose", [](Shop& s) { says_what_it_does(s, {"init", "new"}); }},
      {"completion --verbose", [](Shop& s) { says_what_it_does(s, {"completion", "bash"}); }},
      {"version --verbose", [](Shop& s) { says_what_it_does(s, {"version"}); }},
  };
}

}  // namespace retort
