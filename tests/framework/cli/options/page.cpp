// Options of `report` and `serve`.
#include "framework/cli/options/effects.h"

namespace retort {

using ::testing::HasSubstr;

Effects page_options() {
  static const Words report{"report", "g.json"}, serve{"serve", "g.json"};
  return {
      {"report --set", [](Shop& s) { shows(s, report, {"--set", "copy.suffix=MARKED"}, "MARKED"); }},
      {"report --sweep", [](Shop& s) { shows(s, report, {"--sweep", "copy.suffix=!,SWEPT"}, "SWEPT"); }},
      {"report --add-seeds", [](Shop& s) { shows(s, report, {"--add-seeds", "1"}, "{offset=1,seed=2}"); }},
      {"report --store", [](Shop& s) { shows(s, report, {"--store", s.other()}, s.other()); }},
      {"report --device", [](Shop& s) { shows(s, report, {"--device", "cpu"}, "--device cpu", a_card); }},
      {"report --output",
       [](Shop& s) {
         EXPECT_EQ(s.out({"report", "g.json", "--output", "there.html"}), "there.html\n");
         EXPECT_TRUE(fs::exists(s.folder / "there.html"));
         EXPECT_FALSE(fs::exists(s.folder / "report.html"));
       }},
      {"report --sheets",
       [](Shop& s) {
         s.graph({{"one", {{"type", "test.picture"}}},
                  {"two", {{"type", "test.picture"}, {"params", {{"per_class", 2}}}}}});
         s.ran({});
         shows(s, report, {"--sheets", "1"}, "left out: the page shows 1");
       }},
      {"serve --set", [](Shop& s) { shows(s, serve, {"--set", "copy.suffix=MARKED"}, "MARKED"); }},
      {"serve --sweep", [](Shop& s) { shows(s, serve, {"--sweep", "copy.suffix=!,SWEPT"}, "SWEPT"); }},
      {"serve --add-seeds", [](Shop& s) { shows(s, serve, {"--add-seeds", "1"}, "{offset=1,seed=2}"); }},
      {"serve --store", [](Shop& s) { shows(s, serve, {"--store", s.other()}, s.other()); }},
      {"serve --device", [](Shop& s) { shows(s, serve, {"--device", "cpu"}, "--device cpu", a_card); }},
      {"serve --port",
       [](Shop& s) {
         EXPECT_EQ(s.retort({"serve", "g.json", "--port", "70000"}).code, 2);
         // A port that was free a moment ago.
         const std::string any = s.seen(serve);
         const std::string port = any.substr(any.find("127.0.0.1:") + 10,
                                             any.find('/', any.find("127.0.0.1:")) - any.find("127.0.0.1:") - 10);
         EXPECT_THAT(s.seen(serve + Words{"--port", port}), HasSubstr("http://127.0.0.1:" + port + "/"));
       }},
  };
}

}  // namespace retort
