// Draws something: a file of the size of a small picture, of the kind that export.sheet makes.
#include <sdk/node.h>

namespace {

class Sheet final : public retort::Node {
  std::string text_ = "a sun";
  retort::Output out_;

 public:
  void declare(retort::Declare& d) override {
    d.about("Draw a text as a picture that no program could show");
    d.random();
    d.param("text", text_, "What is on it");
    d.output("sheet", out_, "sheet", "sheet.png");
  }

  void run(retort::Run&) override {
    out_.file("sheet.png") << std::string(5000, '\xff') << text_;
    out_.meta = {{"classes", 1}, {"per_class", 1}};
  }
};

}  // namespace

RETORT_PLUGIN(Sheet, "test.sheet")
