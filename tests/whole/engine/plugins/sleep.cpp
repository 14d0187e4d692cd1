// Takes its time, in steps, and can be stopped between them. Saves each step, so a killed one goes on where it was.
#include <sdk/checkpoint.h>
#include <sdk/node.h>

#include <chrono>
#include <fstream>
#include <thread>

namespace {

class Sleep final : public retort::Node {
  int64_t steps_ = 10, milliseconds_ = 20;
  std::string mark_, begun_;
  retort::Input from_;
  retort::Output out_;

 public:
  void declare(retort::Declare& d) override {
    d.about("Wait in steps");
    d.param("steps", steps_, "Number of steps").at_least(0);
    d.param("milliseconds", milliseconds_, "Length of a step").at_least(0).not_in_key();
    d.param("mark", mark_, "A word in the result");
    d.param("begun", begun_, "A file that is made once it waits, too late for it to hear of a stop").not_in_key();
    d.input("from", from_, "text", "Anything to wait for").optional();
    d.output("out", out_, "text", "The steps that were made by this process");
  }

  void run(retort::Run& run) override {
    const retort::Checkpoint checkpoint(run.checkpoint_folder());
    const auto saved = checkpoint.load();
    const int64_t first = saved ? saved->step : 0;
    std::string trace = saved ? saved->blobs.at("trace") : "";
    for (int64_t step = first; step < steps_; ++step) {
      run.stop_if_cancelled();
      if (!begun_.empty()) std::ofstream(begun_) << step;
      std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds_));
      trace += std::to_string(step) + " ";
      checkpoint.save(step + 1, {{"trace", trace}});
      run.progress(step + 1, steps_);
      run.metric("step", step, static_cast<double>(step));
    }
    if (first > 0) run.log("resumed at step " + std::to_string(first));
    out_.file("text.txt") << trace << mark_;
    out_.meta = {{"steps", steps_}};
  }
};

}  // namespace

RETORT_PLUGIN(Sleep, "test.sleep")
