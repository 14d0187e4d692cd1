// Reads a file outside the store: its content is in the key, its path is not.
#include <sdk/node.h>

#include <filesystem>
#include <fstream>

namespace {

class Read final : public retort::Node {
  std::string file_;
  bool spoil_ = false;
  retort::Output out_;

 public:
  void declare(retort::Declare& d) override {
    d.about("Take a text from a file");
    d.source();
    d.param("file", file_, "The file to read").path().required();
    d.param("spoil", spoil_, "Change the file after reading it");
    d.output("out", out_, "text", "Its content");
  }

  void run(retort::Run&) override {
    std::ifstream in(file_, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    std::ofstream(out_.file("text.txt"), std::ios::binary) << text;
    if (spoil_) std::ofstream(file_, std::ios::app) << "!";
  }
};

}  // namespace

RETORT_PLUGIN(Read, "test.read")
