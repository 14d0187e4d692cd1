// A node that leaves a trace of every start outside the store, and notices when its key is computed twice at once.
#include <fcntl.h>
#include <sdk/node.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

namespace {

/// A lock of this process alone: whoever finds it taken computes what another process is computing.
class Witness {
 public:
  ~Witness() {
    if (file_ >= 0) ::close(file_);
  }
  bool alone(const std::string& path) {
    file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    return ::flock(file_, LOCK_EX | LOCK_NB) == 0;
  }

 private:
  int file_ = -1;
};

class Work final : public retort::Node {
  std::string mark_, trace_;
  int64_t milliseconds_ = 0, size_ = 0;
  retort::Input from_;
  retort::Output out_;
  Witness witness_, card_;

 public:
  void declare(retort::Declare& d) override {
    d.about("Work a while and leave a trace");
    d.numeric();  // so that it can be placed on a card
    d.param("mark", mark_, "A word in the result").required();
    d.param("size", size_, "Bytes of the result at least").at_least(0);
    d.param("milliseconds", milliseconds_, "How long it works").at_least(0).not_in_key();
    d.param("trace", trace_, "A folder for traces").required().not_in_key();
    d.inputs("from", from_, "text", "What it hangs on").optional();
    d.output("out", out_, "text", "The marks above it and its own");
  }

  void run(retort::Run& run) override {
    note(witness_.alone(trace_ + "/" + mark_ + ".lock") ? "start" : "TWICE");
    const char* card = std::getenv("CUDA_VISIBLE_DEVICES");
    if (run.device() == "cuda" && !card_.alone(trace_ + "/card" + (card ? card : "") + ".lock")) note("SHARED");
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds_);
    while (std::chrono::steady_clock::now() < end) {
      run.stop_if_cancelled();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    std::string text;
    for (const auto& one : from_) {
      std::ifstream in(one.file("text.txt"));
      text += std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    }
    text += mark_ + "\n";
    for (size_t i = 0; static_cast<int64_t>(text.size()) < size_; ++i) text += mark_ + std::to_string(i) + "\n";
    // In pieces, so that a kill finds half a file.
    retort::OutputFile& out = out_.file("text.txt");
    for (size_t from = 0; from < text.size(); from += 512) out << text.substr(from, 512) << std::flush;
    out_.meta = {{"bytes", text.size()}};
  }

 private:
  void note(const std::string& what) const {
    const std::string line = what + " " + mark_ + " " + std::to_string(::getpid()) + "\n";
    const int file = ::open((trace_ + "/starts").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (file < 0 || ::write(file, line.data(), line.size()) < 0) std::abort();
    ::close(file);
  }
};

}  // namespace

RETORT_PLUGIN(Work, "test.work")
