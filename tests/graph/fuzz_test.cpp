// Mutated graphs: whatever the text, reading it ends, throws nothing and blames a place inside the text.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "graph/read.h"
#include "toy_catalog.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

/// Changes one spot of a text: a byte, a stretch removed, doubled or moved, a word of the format put in.
std::string mutated(std::string text, std::mt19937& random) {
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

TEST(Fuzz, AnyTextIsReadToItsEnd) {
  std::vector<std::string> seeds;
  for (const auto& entry : fs::directory_iterator(graphs_folder()))
    if (entry.path().extension() == ".json") seeds.push_back(read_file(entry.path()));
  ASSERT_GT(seeds.size(), 10u);
  for (const char* valid : {"good_set.json", "replicate_all.json", "sweep.json"})
    seeds.insert(seeds.end(), 6, read_file(graphs_folder() / valid));
  std::sort(seeds.begin(), seeds.end());
  const fs::path file = fs::path(testing::TempDir()) / ("retort_fuzz_" + std::to_string(::getpid()) + ".json");
  std::mt19937 random(20);
  size_t valid = 0;
  for (int round = 0; round < 1000; ++round) {
    std::string text = seeds[static_cast<size_t>(round) % seeds.size()];
    for (unsigned n = 1 + random() % 3; n > 0; --n) text = mutated(std::move(text), random);
    write_file(file, text);
    Diagnostics diagnostics;
    Graph graph;
    ASSERT_NO_THROW(graph = read_graph(file.string(), toy_catalog(), {}, diagnostics)) << text;
    const auto lines = static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 1;
    for (const auto& one : diagnostics.sorted()) {
      EXPECT_LE(one.place.line, lines) << text;
      EXPECT_FALSE(to_string(one.place).empty()) << one.message << "\n" << text;
    }
    if (diagnostics.has_errors()) continue;
    ++valid;
    EXPECT_TRUE(Json::accept(graph.resolved)) << text;
  }
  EXPECT_GT(valid, 20u);  // mutations that only break the syntax would test little
  fs::remove(file);
}

}  // namespace
}  // namespace retort
