// Writes an artifact of kind images that keeps its contract, but for what it is told to put otherwise. The tensors are
// none: nobody opens them.
#include <sdk/node.h>

namespace {

class OwnImages final : public retort::Node {
  std::string changes_ = "{}";
  std::vector<std::string> files_ = {"images.safetensors"};
  retort::Input from_;
  retort::Output out_;

 public:
  void declare(retort::Declare& d) override {
    d.about("Write images as they should be, or not");
    d.param("changes", changes_, "JSON merged into the meta: null takes an entry out");
    d.param("files", files_, "Names of the files");
    d.input("from", from_, "images", "Anything to wait for").optional();
    d.output("images", out_, "images", "The images");
  }

  void run(retort::Run&) override {
    out_.meta = {{"count", 2},        {"classes", {"cat", "dog"}},
                 {"image_size", 8},   {"channels", 3},
                 {"space", "pixels"}, {"normalization", {{"name", "none"}, {"mean", {0, 0, 0}}, {"std", {1, 1, 1}}}}};
    out_.meta.merge_patch(retort::Json::parse(changes_));
    for (const auto& file : files_) out_.file(retort::FileName(file)) << "bytes";
  }
};

}  // namespace

RETORT_PLUGIN(OwnImages, "test.own_images")
