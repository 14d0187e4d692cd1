// Metrics for tables: a number made of its seed and a parameter.
#include <sdk/node.h>

#include <stdexcept>

namespace {

class Score final : public retort::Node {
  double offset_ = 0;
  std::optional<int64_t> fail_at_seed_, warn_from_seed_;
  retort::Input from_;
  retort::Output out_;

 public:
  void declare(retort::Declare& d) override {
    d.about("Score a text");
    d.random();
    d.param("offset", offset_, "Added to the score");
    d.param("fail_at_seed", fail_at_seed_, "The seed it cannot bear");
    d.param("warn_from_seed", warn_from_seed_, "Seeds from this one on are doubted");
    d.input("from", from_, "text", "The text");
    d.output("metrics", out_, "metrics", "Its score");
  }

  void run(retort::Run& run) override {
    if (fail_at_seed_ && run.seed() == static_cast<uint64_t>(*fail_at_seed_)) throw std::runtime_error("not this seed");
    if (warn_from_seed_ && run.seed() >= static_cast<uint64_t>(*warn_from_seed_))
      run.warn("seed " + std::to_string(run.seed()) + " is doubtful");
    out_.meta = {{"score", offset_ + static_cast<double>(run.seed())}};
    out_.file("metrics.json") << out_.meta.dump();
  }
};

}  // namespace

RETORT_PLUGIN(Score, "test.score")
