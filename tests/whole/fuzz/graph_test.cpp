// Mutated graphs: whatever the text, reading it ends, throws nothing and blames a place inside the text.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "framework/graph/toy_catalog.h"
#include "graph/read.h"
#include "graph/resolved.h"
#include "mutate.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

TEST(Fuzz, AnyTextIsReadToItsEnd) {
  std::vector<std::string> seeds;
  for (const auto& entry : fs::directory_iterator(graphs_folder()))
    if (entry.path().extension() == ".json") seeds.push_back(read_file(entry.path()));
  ASSERT_GT(seeds.size(), 10u);
  for (const char* valid : {"good_set.json", "replicate_all.json", "sweep.json"})
    seeds.insert(seeds.end(), 30, read_file(graphs_folder() / valid));
  std::sort(seeds.begin(), seeds.end());
  const fs::path file = fs::path(testing::TempDir()) / ("retort_fuzz_" + std::to_string(::getpid()) + ".json");
  size_t valid = 0;
  Mutations mutations("graph", 1000);
  std::mt19937& random = mutations.random();
  for (; mutations.next();) {
    std::string text = seeds[mutations.round() % seeds.size()];
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
    EXPECT_TRUE(Json::accept(resolved_text(graph))) << text;
  }
  EXPECT_GT(valid, 20u);  // mutations that only break the syntax would test little
  fs::remove(file);
}

}  // namespace
}  // namespace retort
