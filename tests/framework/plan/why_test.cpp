#include "plan/why.h"

#include <gmock/gmock.h>

#include "example_graph.h"

namespace retort {
namespace {

using ::testing::ElementsAre;

/// `why` of one node, in a store where everything had run before `change`.
template <class F>
std::vector<std::string> why_after(ExampleGraph& example, size_t node, F change) {
  example.run_all();
  change();
  SourceDigests sources(example.store.root() / "sources" / "digests.json");
  const Names names(example.store, example.graph.file);
  return why(Plan(example.graph, example.store, sources, names), node, sources, names.results());
}

TEST(Why, NamesTheFieldBothValuesAndThePlace) {
  ExampleGraph example;
  EXPECT_THAT(why_after(example, 1, [&] { example.graph.nodes[1].params["losses"][1]["weight"] = 0.01; }),
              ElementsAre("images: losses[1].weight 0.005 -> 0.01 (graphs/q.json:24:61)"));
}

TEST(Why, InOneLineNamesThreeReasonsAndCountsTheRest) {
  EXPECT_EQ(one_line({}), "");
  EXPECT_EQ(one_line({"a", "b", "c", "d"}), "a; b; c; d");
  EXPECT_EQ(one_line({"a", "b", "c", "d", "e"}), "a; b; c; and 2 more: retort why names them");
}

TEST(Why, NamesTheOptionAValueCameFrom) {
  ExampleGraph example;
  EXPECT_THAT(why_after(example, 1, [&] { example.graph.nodes[1].params["lr"] = 0.2; }),
              ElementsAre("images: lr 0.1 -> 0.2 (--set images.lr=0.2)"));
}

TEST(Why, SaysThatAValueIsNowTheDefault) {
  ExampleGraph example;
  EXPECT_THAT(why_after(example, 1, [&] { example.graph.nodes[1].params["per_class"] = 20; }),
              ElementsAre("images: per_class 10 -> 20 (default)"));
}

TEST(Why, FollowsWaitingToTheFirstRealChange) {
  ExampleGraph example;
  EXPECT_THAT(why_after(example, 2, [&] { example.graph.nodes[1].params["lr"] = 0.2; }),
              ElementsAre("images: lr 0.1 -> 0.2 (--set images.lr=0.2)", "score: waits for images"));
}

TEST(Why, NamesTheSourceFileOfChangedCode) {
  ExampleGraph example;
  EXPECT_THAT(why_after(example, 1,
                        [&] {
                          example.bn_match.code = sha256_hex("new");
                          example.bn_match.code_files["plugins/bn_match.cpp"] = sha256_hex("new");
                        }),
              ElementsAre("images: losses[1] code plugins/bn_match.cpp changed"));
}

TEST(Why, NamesAReplacedComponentOnce) {
  ExampleGraph example;
  EXPECT_THAT(why_after(example, 1,
                        [&] {
                          example.graph.nodes[1].params["losses"][1] = {{"type", "cross_entropy"}};
                          example.graph.nodes[1].components[1].manifest = &example.cross_entropy;
                          example.graph.nodes[1].places["params.losses[1].type"] = {"graphs/q.json", 24, 40, ""};
                        }),
              ElementsAre("images: losses[1] bn_match -> cross_entropy (graphs/q.json:24:40)"));
}

TEST(Why, NamesASeedASourceFileAndADevice) {
  ExampleGraph seed, file, device;
  EXPECT_THAT(why_after(seed, 1, [&] { seed.graph.nodes[1].seed = 7; }),
              ElementsAre("images: seed 0 -> 7 (graphs/q.json:3:11)"));
  EXPECT_THAT(why_after(file, 0, [&] { write_file(file.folder / "data/train.bin", "other pixels"); }),
              ElementsAre("data: file root \"train.bin\" changed"));
  EXPECT_THAT(why_after(device, 1,
                        [&] {
                          device.graph.nodes[1].device = "cuda";
                          device.graph.nodes[1].places["device"] = {"", 0, 0, "--device cuda"};
                        }),
              ElementsAre("images: device cpu -> cuda (--device cuda)"));
}

TEST(Why, NamesAnInputWithOtherBytes) {
  ExampleGraph example;
  EXPECT_THAT(why_after(example, 1,
                        [&] {
                          write_file(example.folder / "data/train.bin", "other pixels");
                          SourceDigests sources(example.folder / "none");
                          const Names names(example.store, example.graph.file);
                          const Plan plan(example.graph, example.store, sources, names);
                          example.run(plan, 0, "other bytes");
                        }),
              ElementsAre("images: input from[0] changed (graphs/q.json:20:7)"));
}

TEST(Why, SaysWhenThereIsNothingLeftToCompareWith) {
  ExampleGraph example;
  EXPECT_THAT(why_after(example, 1,
                        [&] {
                          for (const auto& key : example.store.keys()) example.store.remove(key);
                        }),
              ElementsAre("data: its result is no longer in the store",
                          "images: changed, or its input did; the earlier result is gone, so they cannot be compared",
                          "images: waits for data"));
}

TEST(Why, OfANewNodeAndOfAHit) {
  ExampleGraph example;
  SourceDigests sources(example.folder / "none");
  const Names names(example.store, example.graph.file);
  EXPECT_THAT(why(Plan(example.graph, example.store, sources, names), 0, sources, names.results()),
              ElementsAre("data: no result yet"));
  example.run_all();
  const Plan plan(example.graph, example.store, sources, names);
  EXPECT_THAT(why(plan, 0, sources, names.results()),
              ElementsAre("data: done (result " + plan.at(0).key.substr(0, 12) + " of 2026-01-02T03:04:05Z)"));
}

}  // namespace
}  // namespace retort
