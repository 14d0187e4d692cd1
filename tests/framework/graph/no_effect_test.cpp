// What changes nothing is warned of at its place, and what does is not.
#include <gmock/gmock.h>

#include "graph/read.h"
#include "toy_catalog.h"

namespace retort {
namespace {

using testing::HasSubstr;

class NoEffect : public testing::Test {
 protected:
  NoEffect() { nodes_ = Json::parse(read_file(graphs_folder() / "parts" / "sweep_base.json"))["nodes"]; }
  void TearDown() override { std::filesystem::remove(file_); }
  /// The warnings, without places.
  std::string said(Json more = Json::object(), const ReadOptions& options = {}) {
    Json graph = {{"retort", 1}, {"nodes", nodes_}};
    graph.update(more);
    write_file(file_, graph.dump());
    Diagnostics diagnostics;
    read_graph(file_.string(), toy_catalog(), options, diagnostics);
    std::string text;
    for (const auto& one : diagnostics.sorted()) {
      EXPECT_EQ(one.severity, Severity::warning) << one.message;
      EXPECT_FALSE(one.place.file.empty() && one.place.origin.empty()) << one.message;
      text += one.message + '\n';
    }
    return text;
  }
  Json nodes_;
  const std::filesystem::path file_ =
      std::filesystem::path(testing::TempDir()) / ("retort_no_effect_test_" + std::to_string(::getpid()) + ".json");
};

TEST_F(NoEffect, OfASeedThatNobodyTakes) {
  EXPECT_EQ(said(), "");
  EXPECT_EQ(said({{"seed", 3}}), "");
  for (auto& node : nodes_) node["seed"] = 1;
  EXPECT_EQ(said({{"seed", 3}}),
            "the graph's \"seed\" has no effect: no node draws random numbers and leaves it to the graph\n");
  EXPECT_THAT(said(Json::object(), {.sets = {"seed=3"}}), HasSubstr("the graph's \"seed\" has no effect"));
}

TEST_F(NoEffect, OfAPrecision) {
  EXPECT_EQ(said({{"precision", "float32"}}), "");
  nodes_["data"]["precision"] = "float32";
  EXPECT_EQ(said(), "node \"data\": \"precision\" has no effect, dataset.toy is not numeric\n");
}

TEST_F(NoEffect, OfANamedValueThatNothingRefersTo) {
  nodes_["images"]["params"]["lr"] = {{"ref", "lr"}};
  EXPECT_EQ(said({{"let", {{"lr", 0.5}}}}), "");
  EXPECT_EQ(said({{"let", {{"lr", 0.5}, {"rate", 1}}}}), "\"let\": \"rate\" has no effect: nothing refers to it\n");
  EXPECT_EQ(said({{"let", {{"lr", {{"ref", "base"}}}, {"base", 1}}}}), "") << "through another";
  EXPECT_EQ(said({{"let", {{"lr", 0.5}}}}, {.sets = {"let.lrr=3"}}),
            "\"let\": \"lrr\" has no effect: nothing refers to it\n");
}

TEST_F(NoEffect, OfASettingThatAnotherOverwrites) {
  EXPECT_EQ(said(Json::object(), {.sets = {"images.lr=1", "score.epochs=2"}}), "");
  EXPECT_EQ(said(Json::object(), {.sets = {"images.lr=1", "images.lr=2"}}),
            "it has no effect: --set images.lr=2 comes after it\n");
}

TEST_F(NoEffect, OfReplicatesWhereEverySeedIsWritten) {
  const Json replicate = {{"sweep", {{"replicate", {{"seed", {0, 1}}}}}}};
  EXPECT_EQ(said(replicate), "");
  for (auto& node : nodes_) node["seed"] = 1;
  EXPECT_THAT(said(replicate), HasSubstr("\"replicate\" has no effect"));
}

TEST_F(NoEffect, OfAnAxisThatAnotherOverwrites) {
  const auto axes = [](const char* first, const char* second) {
    return Json{
        {"sweep",
         {{"axes", {{"a", {{"path", first}, {"values", {1, 2}}}}, {"b", {{"path", second}, {"values", {3, 4}}}}}}}}};
  };
  EXPECT_EQ(said(axes("images.lr", "images.per_class")), "");
  EXPECT_EQ(said(axes("images.lr", "images.lr")),
            "axis \"a\" has no effect: axes that are written later set the same in every cell\n");
  const Json inner = {{"b", {{"path", "images.lr"}, {"values", {3, 4}}}}};
  const Json nested = {{"sweep", {{"axes", {{"a", {{"x", {{"images.lr", 1}}}, {"y", {{"axes", inner}}}}}}}}}};
  EXPECT_EQ(said(nested), "") << "they never meet";
  const Json partly = {{"sweep",
                        {{"axes",
                          {{"a", {{"path", "images.lr"}, {"values", {1, 2}}}},
                           {"b", {{"plain", Json::object()}, {"gentle", {{"images.lr", 3}}}}}}}}}};
  EXPECT_EQ(said(partly), "") << "it counts where b leaves it alone";
}

}  // namespace
}  // namespace retort
