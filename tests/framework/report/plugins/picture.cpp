// Images of one colour a class, with whatever names the classes have.
#include <sdk/node.h>

namespace {

class Picture final : public retort::Node {
  std::vector<std::string> classes_ = {"red", "green"};
  int64_t per_class_ = 3;
  bool cut_ = false;
  retort::Output out_;

 public:
  void declare(retort::Declare& d) override {
    d.about("Make images of one colour a class");
    d.random();
    d.param("classes", classes_, "Names of the classes");
    d.param("per_class", per_class_, "Images of each").at_least(1);
    d.param("cut", cut_, "Leave the last bytes out");
    d.output("images", out_, "images", "The images");
  }

  void run(retort::Run& run) override {
    constexpr int64_t kSide = 8;
    const int64_t count = per_class_ * static_cast<int64_t>(classes_.size()), bytes = count * 3 * kSide * kSide;
    const retort::Json header = {
        {"labels", {{"dtype", "I64"}, {"shape", {count}}, {"data_offsets", {0, 8 * count}}}},
        {"images",
         {{"dtype", "U8"}, {"shape", {count, 3, kSide, kSide}}, {"data_offsets", {8 * count, 8 * count + bytes}}}}};
    const std::string text = header.dump();
    const uint64_t length = text.size();
    std::string body;
    for (int64_t i = 0; i < count; ++i) {
      const int64_t label = i / per_class_;
      body.append(reinterpret_cast<const char*>(&label), sizeof label);
    }
    for (int64_t i = 0; i < count; ++i)
      for (int64_t channel = 0; channel < 3; ++channel)
        body.append(kSide * kSide, static_cast<char>(channel == i / per_class_ % 3 ? 200 + run.seed() : 10));
    if (cut_) body.resize(body.size() - 5);
    retort::OutputFile& out = out_.file("images.safetensors");
    out.write(reinterpret_cast<const char*>(&length), sizeof length) << text << body;
    out_.meta = {{"classes", classes_}, {"count", count},
                 {"space", "pixels"},   {"image_size", kSide},
                 {"channels", 3},       {"normalization", {{"name", "none"}, {"mean", {0, 0, 0}}, {"std", {1, 1, 1}}}}};
    for (int64_t step = 0; step < 5; ++step) run.metric("loss", step, 1.0 / static_cast<double>(1 + step));
  }
};

}  // namespace

RETORT_PLUGIN(Picture, "test.picture")
