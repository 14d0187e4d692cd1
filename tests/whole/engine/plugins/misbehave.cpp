// Fails in each way a node can.
#include <sdk/node.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <new>
#include <stdexcept>
#include <thread>
#include <vector>

#include "core/error.h"

namespace {

// What a broken library does: dies before anyone can ask it anything.
[[maybe_unused]] const bool crashed_on_load = [] {
  if (std::getenv("RETORT_TEST_CRASH_ON_LOAD")) std::raise(SIGSEGV);
  return true;
}();

/// Seconds since 1970.
std::string now() {
  return std::to_string(std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count());
}

/// Under a limit on memory it ends in std::bad_alloc. The bound keeps a machine without one alive.
void take_everything() {
  constexpr size_t kPiece = 64 << 20, kMost = size_t{4} << 30;  // never touched: no page of it is real
  std::vector<std::unique_ptr<char[]>> pieces;
  for (size_t taken = 0; taken < kMost; taken += kPiece) pieces.emplace_back(new char[kPiece]);
}

/// A helper process that outlives the worker, as those of data loaders do.
void leave_a_child(retort::Run& run) {
  const pid_t child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  run.log("child " + std::to_string(child));
  std::raise(SIGKILL);
}

/// Like a disk that is full for a moment: files of this process get no longer than this while it lives.
class ShortOfRoom {
 public:
  explicit ShortOfRoom(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit less = {bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &less);
  }
  ~ShortOfRoom() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }

 private:
  rlimit before_ = {};
  void (*signal_)(int) = std::signal(SIGXFSZ, SIG_IGN);
};

class Misbehave final : public retort::Node {
  std::string how_ = "error", once_, mark_, trace_;
  retort::Input from_;
  retort::Output out_;

 public:
  void declare(retort::Declare& d) override {
    d.about("Fail on purpose");
    d.param("how", how_, "The way it fails")
        .one_of({"error", "exception", "nan", "memory", "crash", "abort", "kill", "exit", "lose", "cut", "full",
                 "full_quietly", "greed", "thread_memory", "device_memory", "device_fault", "fork", "unsteady",
                 "not_at_all"});
    d.param("once", once_, "A file: it fails only while this is not there, and makes it").not_in_key();
    d.param("mark", mark_, "A word that tells it from others");
    d.param("trace", trace_, "A file that gets the moment of its failure").not_in_key();
    d.input("from", from_, "text", "Anything to wait for").optional();
    d.output("out", out_, "text", "What is left");
  }

  void run(retort::Run& run) override {
    if (!once_.empty()) {
      if (std::ifstream(once_)) how_ = "not_at_all";
      std::ofstream(once_) << "was here";
    }
    run.log("about to fail: " + how_);
    if (!trace_.empty()) std::ofstream(trace_, std::ios::app) << mark_ + " " + now() + "\n" << std::flush;
    if (how_ == "error") throw retort::Error(retort::ErrorKind::data, "the data are bad");
    if (how_ == "exception") throw std::runtime_error("something unexpected");
    if (how_ == "nan") throw retort::Error(retort::ErrorKind::not_a_number, "the loss is nan at step 3");
    if (how_ == "memory") throw std::bad_alloc();
    if (how_ == "crash") std::raise(SIGSEGV);
    if (how_ == "abort") std::abort();
    if (how_ == "kill") std::raise(SIGKILL);
    if (how_ == "exit") std::_Exit(7);
    if (how_ == "greed") take_everything();
    if (how_ == "thread_memory") std::thread([] { take_everything(), throw std::bad_alloc(); }).join();
    if (how_ == "device_memory") throw std::runtime_error("CUDA out of memory. Tried to allocate 2.00 GiB");
    if (how_ == "device_fault") throw std::runtime_error("CUDA error: an illegal memory access was encountered");
    if (how_ == "fork") leave_a_child(run);
    if (how_ == "lose" || how_ == "cut") return spoil();
    if (how_ == "full" || how_ == "full_quietly") return fill();
    retort::OutputFile& out = out_.file("text.txt");
    out << "fine";
    if (how_ == "unsteady") out << std::chrono::steady_clock::now().time_since_epoch().count();
    run.warn("nothing went wrong");
  }

 private:
  /// Somebody gets at the file behind the back of what wrote it.
  void spoil() {
    write_file(out_.file("large.txt"), std::string(50000, 'x'));
    const auto file = out_.folder() / "large.txt";
    if (how_ == "lose") std::filesystem::remove(file);
    if (how_ == "cut") std::filesystem::resize_file(file, 7);
  }

  void fill() {
    retort::OutputFile& out = out_.file("large.txt");
    for (int piece = 0; piece < 15; ++piece) try {
        const ShortOfRoom short_of_room(piece < 5 ? 400000 : 10000000);
        out << std::string(100000, 'x') << std::flush;
      } catch (const std::exception&) {
        if (how_ == "full") throw;
      }
  }
};

}  // namespace

RETORT_PLUGIN(Misbehave, "test.misbehave")
