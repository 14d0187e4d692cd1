#include "kinds/check.h"

#include <gmock/gmock.h>

namespace retort {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Lines = std::vector<std::string>;

const Json kConstants = {{"name", "custom"}, {"mean", {0.5, 0.5, 0.5}}, {"std", {0.25, 0.25, 0.25}}};

Json images_meta() {
  return {{"count", 10},   {"classes", {"cat", "dog"}},   {"image_size", 8},
          {"channels", 3}, {"normalization", kConstants}, {"space", "pixels"}};
}

Lines images(const Json& meta, const Lines& files = {"images.safetensors"}, MadeBy by = MadeBy::this_version) {
  return breaches_of("images", meta, files, by);
}

Json with(const std::string& name, const Json& value) {
  Json meta = images_meta();
  meta[name] = value;
  return meta;
}

Json without(const std::string& name) {
  Json meta = images_meta();
  meta.erase(name);
  return meta;
}

TEST(KindCheck, PassesWhatKeepsTheContract) {
  EXPECT_THAT(images(images_meta()), IsEmpty());
  EXPECT_THAT(images(with("per_class", 5)), IsEmpty());
}

TEST(KindCheck, NamesAnUnknownEntryAndTheNearest) {
  EXPECT_THAT(images(with("per_clas", 5)),
              ElementsAre("images: meta \"per_clas\" is not known; did you mean \"per_class\"?"));
  EXPECT_THAT(breaches_of("curves", {{"epochs", 3}}, {"curves.json"}, MadeBy::this_version),
              ElementsAre("curves: meta \"epochs\" is not known; there is none"));
}

TEST(KindCheck, NamesAMissingEntry) {
  EXPECT_THAT(images(without("count")), ElementsAre("images: meta \"count\" (integer) is missing"));
}

TEST(KindCheck, NamesAWrongType) {
  EXPECT_THAT(images(with("count", "ten")), ElementsAre("images: meta \"count\" expects integer, got string"));
  EXPECT_THAT(images(with("count", 10.0)), ElementsAre("images: meta \"count\" expects integer, got number"));
  EXPECT_THAT(images(with("classes", {"cat", 1})),
              ElementsAre("images: meta \"classes\" expects list of string, got list"));
}

TEST(KindCheck, NamesWhatItCanBe) {
  EXPECT_THAT(images(with("space", "zac")),
              ElementsAre("images: meta \"space\" is \"zac\"; it can be pixels, normalized, zca"));
}

TEST(KindCheck, LooksIntoObjects) {
  Json meta = images_meta();
  meta["normalization"].erase("std");
  meta["normalization"]["sdt"] = {1, 1, 1};
  EXPECT_THAT(images(meta), ElementsAre("images: meta \"normalization.std\" (list of number) is missing",
                                        "images: meta \"normalization.sdt\" is not known; did you mean \"std\"?"));
  Json labels = {{"form", "labeller"},
                 {"classes", {"cat"}},
                 {"settings", {{"mode", "eval"}, {"splits", 1}, {"teacher_weights", Json::array()}}},
                 {"teachers", {Json::object()}}};
  EXPECT_EQ(breaches_of("labels", labels, {"teacher-0.safetensors"}, MadeBy::this_version).at(0),
            "labels: meta \"teachers[0].architecture\" (object) is missing");
}

TEST(KindCheck, NamesAMissingFile) {
  EXPECT_THAT(images(images_meta(), {}), ElementsAre("images: file \"images.safetensors\" is missing"));
  EXPECT_THAT(images(with("space", "zca")),
              ElementsAre("images: file \"zca.safetensors\" is missing, and space is zca"));
}

TEST(KindCheck, NamesAFileThatDoesNotBelong) {
  EXPECT_THAT(images(images_meta(), {"images.safetensors", "image.safetensors"}),
              ElementsAre("images: file \"image.safetensors\" does not belong to it; did you mean "
                          "\"images.safetensors\"?"));
  EXPECT_THAT(images(images_meta(), {"images.safetensors", "zca.safetensors"}).size(), 1) << "they are pixels";
}

TEST(KindCheck, AConditionForbidsToo) {
  const Json meta = {{"form", "hard"}, {"count", 3}};
  EXPECT_THAT(breaches_of("labels", meta, {}, MadeBy::this_version),
              ElementsAre("labels: meta \"count\" has no place here: form is not image or replay"));
  EXPECT_THAT(breaches_of("labels", {{"form", "hard"}}, {}, MadeBy::this_version), IsEmpty());
}

TEST(KindCheck, AnAbsentNetworkIsNothingElse) {
  const Json absent = {{"absent", "the file holds no head"}};
  EXPECT_THAT(breaches_of("classifier", absent, {}, MadeBy::this_version), IsEmpty());
  EXPECT_THAT(breaches_of("classifier", absent, {"weights.safetensors"}, MadeBy::this_version).size(), 1);
  EXPECT_EQ(breaches_of("classifier", Json::object(), {}, MadeBy::this_version).size(), 7u);
}

TEST(KindCheck, PatternsStandForOneName) {
  Json meta = {{"format", "png"}, {"count", 1}, {"classes", {"a"}}, {"folders", {"0000_a"}}};
  EXPECT_THAT(breaches_of("folder", meta, {"0000_a/0000.png"}, MadeBy::this_version), IsEmpty());
  EXPECT_EQ(breaches_of("folder", meta, {"0000.png"}, MadeBy::this_version).size(), 1u);
  EXPECT_EQ(breaches_of("folder", meta, {"a/b/0000.png"}, MadeBy::this_version).size(), 1u);
}

TEST(KindCheck, MetricsHaveAnyNameAndAreNumbers) {
  EXPECT_THAT(breaches_of("metrics", {{"loss.bn_match", 1.5}, {"steps", 3}}, {"metrics.json"}, MadeBy::this_version),
              IsEmpty());
  EXPECT_THAT(breaches_of("metrics", {{"accuracy", "high"}}, {"metrics.json"}, MadeBy::this_version),
              ElementsAre("metrics: meta \"accuracy\" expects number, got string"));
}

TEST(KindCheck, WhatVersion01DidNotWriteIsAskedOfNewOnesOnly) {
  EXPECT_EQ(images(without("space")).size(), 1u);
  for (const auto by : {MadeBy::other_version, MadeBy::store}) {
    EXPECT_THAT(images(without("space"), {"images.safetensors"}, by), IsEmpty());
    EXPECT_EQ(images(without("count"), {"images.safetensors"}, by).size(), 1u);
  }
}

TEST(KindCheck, WhatALaterVersionAddedIsReadFromAStoreAndNotImported) {
  const Json later = with("copyright", "nobody");
  EXPECT_THAT(images(later, {"images.safetensors", "later.bin"}, MadeBy::store), IsEmpty());
  EXPECT_EQ(images(later, {"images.safetensors"}, MadeBy::other_version).size(), 1u);
}

TEST(KindCheck, KindsOfPluginsArePassed) {
  EXPECT_THAT(breaches_of("text", {{"anything", nullptr}}, {"any"}, MadeBy::this_version), IsEmpty());
}

TEST(KindCheck, AMetaThatIsNoObjectIsABreach) {
  EXPECT_THAT(images(Json::array()), ElementsAre("images: the meta is no object"));
}

}  // namespace
}  // namespace retort
