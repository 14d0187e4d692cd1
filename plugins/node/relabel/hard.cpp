// Labels that say no more than each image's class: what a student gets without labels, as a node, so that a sweep over
// labels can name it beside soft ones.
#include "sdk/node.h"

namespace {

class Hard final : public retort::Node {
 public:
  void declare(retort::Declare& d) override {
    d.about("The classes that images were made or chosen for");
    d.output("labels", labels_, "labels", "Form hard: holds nothing, the classes are with the images");
  }
  void run(retort::Run&) override { labels_.meta["form"] = "hard"; }

 private:
  retort::Output labels_;
};

}  // namespace

RETORT_PLUGIN(Hard, "relabel.hard")
