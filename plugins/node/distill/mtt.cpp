// Trajectory matching with the full gradient through the inner steps (MTT, METHODS.md 3.5).
#include <ATen/ATen.h>

#include "match/memory_advice.h"
#include "match/trajectory_matching.h"

namespace retort {

class DistillMtt : public match::TrajectoryMatching {
 public:
  void declare(Declare& d) override {
    d.about("Images that train a student along an expert's trajectory, with the full unrolled gradient (MTT)");
    declare_matching(d);
  }

 protected:
  double take_gradients(const match::InnerLoss& loss, const match::Distance& distance,
                        const match::Parameters& start) override {
    const auto advice = "distill.mtt keeps the graph of all " + std::to_string(steps()) +
                        " \"steps\"; distill.tesla keeps that of one, or lower \"steps\" or \"batch_syn\"";
    return match::with_memory_advice(advice, [&] {
      const auto value = distance(match::unroll(loss, start, student_lr(), steps()));
      value.backward({}, /*retain_graph=*/false, /*create_graph=*/false, at::TensorList({images(), student_lr()}));
      return value.item<double>();
    });
  }
};

}  // namespace retort

RETORT_PLUGIN(retort::DistillMtt, "distill.mtt")
