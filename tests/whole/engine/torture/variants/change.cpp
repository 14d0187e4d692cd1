// A node that says, step by step, which builds of itself, of the library behind it and of a component it runs.
#include <sdk/checkpoint.h>
#include <sdk/node.h>

#include <chrono>
#include <thread>

#include "variants/answer.h"
#include "variants/part.h"

namespace {

__attribute__((noinline)) int own() { return VARIANT; }

class Change final : public retort::Node {
  int64_t steps_ = 1, milliseconds_ = 0, tag_ = 0;
  retort::Component<Part> part_{"null"};
  retort::Input from_;
  retort::Output out_;

 public:
  void declare(retort::Declare& d) override {
    d.about("Say which code runs");
    d.param("steps", steps_, "How often it says so").at_least(1);
    d.param("milliseconds", milliseconds_, "Length of a step").at_least(0).not_in_key();
    d.param("tag", tag_, "Tells nodes apart");
    d.component("part", part_, "A component; without one, that of the input");
    d.input("from", from_, "text", "Names the component").optional();
    d.output("out", out_, "text", "Builds of the node, the library and the component, a line a step");
  }

  void run(retort::Run& run) override {
    const retort::Checkpoint checkpoint(run.checkpoint_folder());
    const auto saved = checkpoint.load();
    std::string text = saved ? saved->blobs.at("text") : "";
    const retort::Json origin = part_.present() ? part_->origin() : from_->meta.at("part");
    const auto part = run.component(Part::kKind, origin);
    for (int64_t step = saved ? saved->step : 0; step < steps_; ++step) {
      run.stop_if_cancelled();
      std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds_));
      text += std::to_string(own()) + std::to_string(answer()) +
              std::to_string(static_cast<const Part&>(*part).number()) + "\n";
      checkpoint.save(step + 1, {{"text", text}});
    }
    out_.file("text.txt") << text;
    out_.meta = {{"part", origin}};
  }
};

}  // namespace

RETORT_PLUGIN(Change, "test.change")
