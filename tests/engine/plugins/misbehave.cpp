// Fails in each way a node can.
#include <sdk/node.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <new>
#include <stdexcept>

#include "core/error.h"

namespace {

// What a broken library does: dies before anyone can ask it anything.
[[maybe_unused]] const bool crashed_on_load = [] {
  if (std::getenv("RETORT_TEST_CRASH_ON_LOAD")) std::raise(SIGSEGV);
  return true;
}();

class Misbehave final : public retort::Node {
  std::string how_ = "error";
  retort::Input from_;
  retort::Output out_;

 public:
  void declare(retort::Declare& d) override {
    d.about("Fail on purpose");
    d.param("how", how_, "The way it fails")
        .one_of({"error", "exception", "nan", "memory", "crash", "exit", "forget", "not_at_all"});
    d.input("from", from_, "text", "Anything to wait for").optional();
    d.output("out", out_, "text", "What is left");
  }

  void run(retort::Run& run) override {
    run.log("about to fail: " + how_);
    if (how_ == "error") throw retort::Error(retort::ErrorKind::data, "the data are bad");
    if (how_ == "exception") throw std::runtime_error("something unexpected");
    if (how_ == "nan") throw retort::Error(retort::ErrorKind::not_a_number, "the loss is nan at step 3");
    if (how_ == "memory") throw std::bad_alloc();
    if (how_ == "crash") std::raise(SIGSEGV);
    if (how_ == "exit") std::_Exit(7);
    std::ofstream out(out_.file("text.txt"));
    if (how_ == "forget") {
      out.close();
      std::remove(out_.file("other.txt").c_str());
      return;
    }
    out << "fine";
    run.warn("nothing went wrong");
  }
};

}  // namespace

RETORT_PLUGIN(Misbehave, "test.misbehave")
