// Reads a file outside the store: its content is in the key, its path is not.
#include <sdk/node.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

namespace {

class Read final : public retort::Node {
  std::string file_, turns_;
  bool spoil_ = false;
  retort::Output out_;

 public:
  void declare(retort::Declare& d) override {
    d.about("Take a text from a file");
    d.source();
    d.param("file", file_, "The file to read").path().required();
    d.param("spoil", spoil_, "Change the file after reading it");
    d.param("turns", turns_, "Wait for the file of this name before reading, make NAME.read, wait for NAME.end")
        .not_in_key();
    d.output("out", out_, "text", "Its content");
  }

  void run(retort::Run& run) override {
    wait_for(run, turns_);
    std::ifstream in(file_, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    out_.file("text.txt") << text;
    if (!turns_.empty()) std::ofstream(turns_ + ".read") << "1";
    wait_for(run, turns_.empty() ? "" : turns_ + ".end");
    if (spoil_) std::ofstream(file_, std::ios::app) << "!";
  }

 private:
  static void wait_for(retort::Run& run, const std::string& file) {
    while (!file.empty() && !std::filesystem::exists(file)) {
      run.stop_if_cancelled();
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
};

}  // namespace

RETORT_PLUGIN(Read, "test.read")
