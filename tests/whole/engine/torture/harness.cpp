#include "harness.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "core/error.h"

namespace retort {
namespace {

constexpr size_t kEnough = 100;  // violations; more say nothing new

uint64_t number(const char* text, const std::string& name) {
  char* end = nullptr;
  const uint64_t value = std::strtoull(text, &end, 10);
  if (*text != '\0' && *end == '\0') return value;
  std::fprintf(stderr, "%s: \"%s\" is no number; usage: %s [ROUNDS [SEED]]\n", name.c_str(), text, name.c_str());
  std::exit(2);
}

std::vector<pid_t> children_of(pid_t process) {
  std::vector<pid_t> children;
  std::error_code none;
  const std::filesystem::path tasks = "/proc/" + std::to_string(process) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks, none)) {
    std::string text;
    try {
      text = read_file(task.path() / "children");
    } catch (const Error&) {  // it ended meanwhile
    }
    for (size_t at = 0; at < text.size(); at = text.find(' ', at) + 1) children.push_back(std::atoi(&text[at]));
  }
  return children;
}

void collect(pid_t process, std::vector<pid_t>& all) {
  ::kill(process, SIGSTOP);  // so that it starts no further ones meanwhile
  all.push_back(process);
  for (const pid_t child : children_of(process)) collect(child, all);
}

}  // namespace

Harness::Harness(std::string name, int argc, char** argv, size_t long_rounds)
    : name_(std::move(name)), rounds_(long_rounds) {
  if (argc > 1) rounds_ = number(argv[1], name_);
  if (argc > 2) seed_ = number(argv[2], name_);
}

bool Harness::next() {
  if (std::exchange(begun_, true)) ++round_;
  std::seed_seq seeds = {seed_, static_cast<uint64_t>(round_)};
  random_.seed(seeds);
  return round_ < rounds_ && violations_ < kEnough;
}

size_t Harness::below(size_t limit) { return std::uniform_int_distribution<size_t>(0, limit - 1)(random_); }

void Harness::violation(const std::string& what) {
  ++violations_;
  std::fprintf(stderr, "%s, round %zu (seed %llu): %s\n", name_.c_str(), round_, static_cast<unsigned long long>(seed_),
               what.c_str());
}

int Harness::finish(const std::string& figures) {
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const bool asserted = testing::UnitTest::GetInstance()->ad_hoc_test_result().Failed();
  std::printf("%s: %zu rounds (seed %llu), %zu violations%s%s%s; %.1f s\n", name_.c_str(), round_,
              static_cast<unsigned long long>(seed_), violations_, asserted ? " and failed assertions" : "",
              figures.empty() ? "" : "; ", figures.c_str(), seconds);
  return violations_ > 0 || asserted ? 1 : 0;
}

void kill_tree(pid_t process) {
  std::vector<pid_t> all;
  collect(process, all);
  for (const pid_t one : all) ::kill(one, SIGKILL);
  ::waitpid(process, nullptr, 0);
}

}  // namespace retort
