// Writes a text: a node without inputs.
#include <sdk/node.h>

namespace {

class Text final : public retort::Node {
  std::string text_ = "hello";
  int64_t size_ = 0;
  int64_t log_every_ = 1;
  retort::Output out_;

 public:
  void declare(retort::Declare& d) override {
    d.about("Write a text");
    d.param("text", text_, "The text");
    d.param("size", size_, "Filled up with dots to this many bytes").at_least(0);
    d.param("log_every", log_every_, "Says something that changes nothing").at_least(1).not_in_key();
    d.output("out", out_, "text", "The text");
  }

  void run(retort::Run& run) override {
    std::string text = text_;
    if (static_cast<int64_t>(text.size()) < size_) text.resize(static_cast<size_t>(size_), '.');
    retort::OutputFile& out = out_.file("text.txt");
    out << text;
    out_.meta = {{"length", text.size()}};
    run.log("wrote " + std::to_string(text.size()) + " bytes");
  }
};

}  // namespace

RETORT_PLUGIN(Text, "test.text")
