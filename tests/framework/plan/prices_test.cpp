#include "plan/prices.h"

#include <gmock/gmock.h>

#include "example_graph.h"
#include "plan/differ.h"
#include "plan/plan_cost.h"

namespace retort {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A store with results of one type, made of a few lines of key text.
struct Learned {
  TemporaryFolder folder;
  Store store = Store::open(folder / "store");
  Catalog catalog = Catalog::read({});

  void add(const std::string& settings, double seconds, uint64_t bytes) {
    Record record;
    record.key_text = "retort-key 1\ntype recover\ncode 12\n" + settings;
    record.key = key_of(record.key_text);
    record.type = "recover";
    record.about = {{"seconds", seconds}};
    record.outputs["out"] = {"thing", sha256_hex("thing"), Json::object(), {{"f", bytes, sha256_hex("f"), false, ""}}};
    store.commit(record, false);
  }
  Price price(const std::string& settings) {
    Prices prices(store, catalog);
    const Price price = prices.of("recover", "retort-key 1\ntype recover\ncode 34\n" + settings);
    prices.save();
    return price;
  }
};

TEST(Prices, OfWhatWasNeverMadeAreUnknown) {
  Learned learned;
  learned.add("param lr = 1.0\n", 4, 100);
  Prices prices(learned.store, learned.catalog);
  EXPECT_FALSE(prices.of("other", "type other\n").seconds);
  EXPECT_FALSE(prices.of("recover", "type recover\ndevice cuda\n").seconds) << "another device class";
}

TEST(Prices, OfEqualSettingsAreScaledByTheAmountOfWork) {
  Learned learned;
  learned.add("param iterations = 100\nparam lr = 1.0\nseed 1\ninput data[0] dataset aa\n", 4, 100);
  learned.add("param iterations = 200\nparam lr = 1.0\nseed 2\ninput data[0] dataset aa\n", 8.2, 120);
  learned.add("param iterations = 100\nparam lr = 9.0\nseed 1\n", 50, 7000);
  EXPECT_NEAR(*learned.price("param iterations = 1000\nparam lr = 1.0\n").seconds, 41, 1e-9);
  EXPECT_EQ(learned.price("param iterations = 100\nparam lr = 1.0\n").bytes, 100u);
  EXPECT_NEAR(*learned.price("param iterations = 100\nparam lr = 3.0\n").seconds, 4.1, 1e-9)
      << "the median of the type";
}

TEST(Prices, AreRememberedAndLearnedOn) {
  Learned learned;
  learned.add("param lr = 1.0\n", 4, 100);
  EXPECT_EQ(learned.price("param lr = 1.0\n").seconds, 4);
  ASSERT_TRUE(std::filesystem::exists(learned.store.root() / "learned" / "prices.json"));
  learned.add("param lr = 2.0\n", 6, 100);
  EXPECT_EQ(learned.price("param lr = 2.0\n").seconds, 6);
  write_file(learned.store.root() / "learned" / "prices.json", "no JSON");
  EXPECT_EQ(learned.price("param lr = 1.0\n").seconds, 4) << "made again from the records";
}

TEST(PlanCost, CountsEqualResultsOnceAndFindsTheLongestWay) {
  ExampleGraph example;
  example.run_all();
  example.graph.nodes[1].params["lr"] = 0.2;
  GraphNode twin = example.graph.nodes[1];
  twin.name = "twin";
  example.graph.nodes.push_back(twin);
  SourceDigests sources(example.store.root() / "sources.json");
  const Names names(example.store, example.graph.file);
  const Plan plan(example.graph, example.store, sources, names);
  const Catalog catalog = Catalog::read({});
  Prices prices(example.store, catalog);
  const PlanCost cost = cost_of(plan, prices, sources);
  EXPECT_EQ(cost.results, 2u);
  EXPECT_EQ(cost.unknown, 0u);
  EXPECT_DOUBLE_EQ(cost.critical_seconds, 4);
  EXPECT_THAT(cost.critical_path, ElementsAre(1u, 2u));
  EXPECT_DOUBLE_EQ(cost.seconds.at("cpu"), 4);
  EXPECT_EQ(cost.bytes, 14u) << "of \"bytes 1\" and \"bytes 2\"";
}

TEST(Difference, NamesTheFirstCause) {
  ExampleGraph example;
  GraphNode images = example.graph.nodes[1], score = example.graph.nodes[2];
  images.name = "images{lr=0.2}";
  images.base = example.graph.nodes[1].base = "images";
  images.params["lr"] = 0.2;
  score.name = "score{lr=0.2}";
  score.base = example.graph.nodes[2].base = "score";
  score.inputs["images"][0].node = 3;
  example.graph.nodes.push_back(images);
  example.graph.nodes.push_back(score);
  SourceDigests sources(example.store.root() / "sources.json");
  const Names names(example.store, example.graph.file);
  const Plan plan(example.graph, example.store, sources, names);
  EXPECT_THAT(difference_of(plan, 2, 4, sources).causes, ElementsAre("images: lr 0.1 -> 0.2 (--set images.lr=0.2)"));
  EXPECT_THAT(difference_of(plan, 2, 2, sources).causes, IsEmpty());
  EXPECT_THAT(difference_of(plan, 0, 4, sources).causes, ElementsAre("data -> score: type data -> score"));
}

}  // namespace
}  // namespace retort
