// A component in two builds, told apart by VARIANT.
#include "variants/part.h"

namespace {

class Counted final : public Part {
 public:
  void declare(retort::Declare& d) override { d.about("Say which build this is"); }
  __attribute__((noinline)) int number() const override { return VARIANT; }
};

}  // namespace

RETORT_PLUGIN(Counted, "test.part")
