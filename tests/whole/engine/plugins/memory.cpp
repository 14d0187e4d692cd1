// Takes memory and gives it back, as a training step does, and says what the system had to do for it.
#include <sdk/node.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace {

int64_t page_faults() {
  rusage used = {};
  ::getrusage(RUSAGE_SELF, &used);
  return used.ru_minflt;
}

/// Bytes of this process that are in memory.
int64_t held() {
  std::ifstream in("/proc/self/statm");
  int64_t size = 0, resident = 0;
  in >> size >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

class Memory final : public retort::Node {
  int64_t blocks_ = 1, bytes_ = 1, steps_ = 1;
  retort::Input after_;
  retort::Output out_;

 public:
  void declare(retort::Declare& d) override {
    d.about("Take and free memory in steps");
    d.param("blocks", blocks_, "Blocks a step takes").at_least(0);
    d.param("bytes", bytes_, "Bytes of a block").at_least(1);
    d.param("steps", steps_, "How often").at_least(1);
    d.input("after", after_, "text", "What it waits for").optional();
    d.output("out", out_, "text", "meta: bytes held when it began, page faults of the steps after the first");
  }

  void run(retort::Run&) override {
    out_.meta["held"] = held();
    step();
    const int64_t before = page_faults();
    for (int64_t i = 1; i < steps_; ++i) step();
    out_.meta["faults"] = page_faults() - before;
    out_.file("text.txt") << "done";
  }

 private:
  /// Small blocks between the large ones stay until the end, as what a step keeps of its work does.
  void step() {
    std::vector<std::unique_ptr<char[]>> blocks;
    for (int64_t i = 0; i < blocks_; ++i) {
      blocks.emplace_back(new char[static_cast<size_t>(bytes_)]);
      std::memset(blocks.back().get(), 1, static_cast<size_t>(bytes_));
      kept_.emplace_back(100, 'k');
    }
  }
  std::vector<std::string> kept_;
};

}  // namespace

RETORT_PLUGIN(Memory, "test.memory")
