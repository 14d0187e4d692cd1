// Uses some members of the toy libraries, and not others.
#include "toy/sums.h"

#include <sdk/node.h>

#include "number.h"

namespace {

class Sums final : public retort::Node {
  retort::Output out_;

 public:
  void declare(retort::Declare& d) override {
    d.about("Multiply by four");
    d.output("out", out_, "text", "The number");
  }
  void run(retort::Run&) override { out_.file("text.txt") << instantiated(number()); }
};

}  // namespace

RETORT_PLUGIN(Sums, "test.sums")
