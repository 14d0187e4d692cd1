// Does nothing with any number of inputs: what the engine itself costs.
#include <sdk/node.h>

namespace {

class Null final : public retort::Node {
  int64_t tag_ = 0;
  retort::Input from_;
  retort::Output out_;

 public:
  void declare(retort::Declare& d) override {
    d.about("Do nothing");
    d.param("tag", tag_, "Tells nodes apart");
    d.inputs("from", from_, "null", "What it comes after").optional();
    d.output("out", out_, "null", "Nothing but the tag");
  }

  void run(retort::Run&) override { out_.meta = {{"tag", tag_}}; }
};

}  // namespace

RETORT_PLUGIN(Null, "test.null")
