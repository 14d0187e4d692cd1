// Breaks one rule of the contract in each part of its declaration. Not a plugin of the build: only `check` sees it.
#include <sdk/node.h>

namespace {

class Careless final : public retort::Node {
  int64_t count_ = 5;
  std::string mode_ = "a";
  retort::Output out_, scores_;

 public:
  void declare(retort::Declare& d) override {
    d.about("Says too much.");
    d.param("Count", count_, "How many").at_most(3);
    d.param("mode", mode_, "");
    d.param("mode", mode_, "The same again");
    d.output("out", out_, "text", "A text").fact("size", {{"param", "width"}});
    d.output("scores", scores_, "metric", "Numbers");
  }
  void run(retort::Run&) override {}
  std::vector<std::string> broken_properties() override { return {"two and two are five"}; }
};

}  // namespace

RETORT_PLUGIN(Careless, "Careless")
