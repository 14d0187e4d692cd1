#pragma once
// Mutated texts for readers that must survive any. A test draws a fixed number of rounds; with $RETORT_FUZZ_SECONDS
// each goes on for so long, from a seed that $RETORT_FUZZ_SEED changes.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

namespace retort {

/// Changes one spot of a text: a byte, a stretch removed, doubled or moved, a word of the format put in.
inline std::string mutated(std::string text, std::mt19937& random) {
  static const std::vector<std::string> words = {"{",
                                                 "}",
                                                 "[",
                                                 "]",
                                                 "\"",
                                                 ",",
                                                 ":",
                                                 "null",
                                                 "1e400",
                                                 "-0",
                                                 "\\u0000",
                                                 "\xff",
                                                 "\"type\"",
                                                 "\"inputs\"",
                                                 "\"params\"",
                                                 "\"sweep\"",
                                                 "\"axes\"",
                                                 "/*",
                                                 "//",
                                                 "\"nodes\"",
                                                 "true",
                                                 "99999999999999999999",
                                                 "\"data.train\"",
                                                 "[[[[[[[["};
  const auto at = [&] { return text.empty() ? 0 : random() % text.size(); };
  switch (random() % 7) {
    case 5:
    case 6:
      if (const size_t digit = text.find_first_of("0123456789", at()); digit < text.size())
        text[digit] = static_cast<char>('0' + random() % 10);
      break;
    case 0:
      if (!text.empty()) text[at()] = static_cast<char>(random());
      break;
    case 1:
      text.erase(at(), random() % 20);
      break;
    case 2: {
      const size_t from = at();
      text.insert(at(), text.substr(from, random() % 60));
      break;
    }
    case 3:
      text.insert(at(), words[random() % words.size()]);
      break;
    default: {
      const size_t from = at(), size = random() % 30;
      text.replace(from, size, words[random() % words.size()]);
      break;
    }
  }
  return text;
}

/// The rounds of one test.
class Mutations {
 public:
  Mutations(std::string name, size_t rounds) : name_(std::move(name)), rounds_(rounds), random_(seed()) {
    if (const char* seconds = std::getenv("RETORT_FUZZ_SECONDS")) seconds_ = std::atof(seconds);
  }
  ~Mutations() { std::printf("fuzz %s: %zu rounds (seed %u)\n", name_.c_str(), done_, seed()); }
  Mutations(const Mutations&) = delete;
  Mutations& operator=(const Mutations&) = delete;

  bool next() {
    const double passed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    if (seconds_ > 0 ? passed > seconds_ : done_ >= rounds_) return false;
    ++done_;
    return true;
  }
  size_t round() const { return done_ - 1; }
  std::mt19937& random() { return random_; }
  /// The text with one to three spots changed.
  std::string of(std::string text) {
    for (unsigned n = 1 + random_() % 3; n > 0; --n) text = mutated(std::move(text), random_);
    return text;
  }

 private:
  static unsigned seed() {
    const char* given = std::getenv("RETORT_FUZZ_SEED");
    return given ? static_cast<unsigned>(std::atoi(given)) : 20;
  }
  const std::string name_;
  const size_t rounds_;
  size_t done_ = 0;
  double seconds_ = 0;
  std::mt19937 random_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace retort
