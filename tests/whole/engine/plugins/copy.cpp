// Copies its input's text, with a suffix; the smallest node that has every common part.
#include <sdk/node.h>

#include <fstream>

namespace {

class Copy final : public retort::Node {
  retort::Input from_;
  retort::Output out_;
  std::string suffix_;
  int64_t times_ = 1;

 public:
  void declare(retort::Declare& d) override {
    d.about("Copy a text and add a suffix");
    d.param("suffix", suffix_, "Text added at the end");
    d.param("times", times_, "How often the suffix is added").between(0, 100);
    d.input("from", from_, "text", "The text to copy");
    d.output("out", out_, "text", "The longer text");
  }

  void run(retort::Run& run) override {
    std::ifstream in(from_->file("text.txt"));
    std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    for (int64_t i = 0; i < times_; ++i) text += suffix_;
    out_.file("text.txt") << text;
    out_.meta = {{"length", text.size()}};
    run.progress(1, 1);
  }
};

}  // namespace

RETORT_PLUGIN(Copy, "test.copy")
