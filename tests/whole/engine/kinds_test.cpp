// The contract of a kind holds for whatever a node writes, and for what an older store hands to one.
#include <gmock/gmock.h>

#include "core/files.h"
#include "whole/engine/workshop.h"

namespace retort {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Json own_images(const Json& changes, const std::vector<std::string>& files = {"images.safetensors"}) {
  return {{"type", "test.own_images"}, {"params", {{"changes", changes.dump()}, {"files", files}}}};
}

std::string error_of(const Json& node) {
  Workshop shop;
  shop.graph({{"made", node}});
  const Json result = shop.run({}, 6);
  EXPECT_EQ(result["error"]["kind"], "plugin");
  EXPECT_TRUE(shop.store().keys().empty()) << "a result that breaks its contract is none";
  return result["error"]["text"];
}

TEST(Kinds, WhatANodeWritesKeepsTheContract) {
  Workshop shop;
  shop.graph({{"made", own_images({{"per_class", 1}})}});
  EXPECT_EQ(shop.run()["made"], "done");
}

TEST(Kinds, AnUnknownEntryFailsTheNode) {
  EXPECT_THAT(error_of(own_images({{"per_clas", 1}})),
              AllOf(HasSubstr("output \"images\""),
                    HasSubstr("images: meta \"per_clas\" is not known; did you mean \"per_class\"?"),
                    HasSubstr("retort kind show images")));
}

TEST(Kinds, SoDoAllOthersOfItsBreaches) {
  EXPECT_THAT(error_of(own_images({{"count", nullptr}, {"channels", "3"}})),
              AllOf(HasSubstr("meta \"count\" (integer) is missing"),
                    HasSubstr("meta \"channels\" expects integer, got string")));
  EXPECT_THAT(error_of(own_images(Json::object(), {"images.safetensors", "image.safetensors"})),
              HasSubstr("file \"image.safetensors\" does not belong to it"));
  EXPECT_THAT(error_of(own_images({{"space", "zca"}})), HasSubstr("file \"zca.safetensors\" is missing"));
}

/// The result of "made" as another version would have left it.
void rewrite(Workshop& shop, const Json& changes) {
  const Store store = shop.store();
  Record record = *store.find(store.keys().at(0));
  StoredOutput& output = record.outputs.at("images");
  output.meta.merge_patch(changes);
  output.digest = digest_of(output);
  const std::string key = record.key.text();
  const auto file = shop.store_root / "results" / key.substr(0, 2) / key;
  std::filesystem::permissions(file, std::filesystem::perms::owner_write, std::filesystem::perm_options::add);
  write_file(file, to_text(record));
}

Json run_on_rewritten(const Json& changes, int code) {
  Workshop shop;
  shop.graph({{"made", own_images(Json::object())}});
  shop.run();
  rewrite(shop, changes);
  Json reader = own_images({{"per_class", 1}});
  reader["inputs"] = {{"from", "made"}};
  shop.graph({{"made", own_images(Json::object())}, {"reader", reader}});
  return shop.run({}, code);
}

TEST(Kinds, ArtifactsOfOtherVersionsAreRead) {
  EXPECT_EQ(run_on_rewritten({{"space", nullptr}}, 0)["reader"], "done") << "0.1 did not write it";
  EXPECT_EQ(run_on_rewritten({{"copyright", "nobody"}}, 0)["reader"], "done") << "a later one may";
}

TEST(Kinds, WhatNoVersionWroteIsNotRead) {
  const Json result = run_on_rewritten({{"count", nullptr}}, 1);
  EXPECT_EQ(result["error"]["kind"], "data");
  EXPECT_THAT(result["error"]["text"].get<std::string>(),
              AllOf(HasSubstr("(test.own_images), output \"images\": images: meta \"count\" (integer) is missing"),
                    HasSubstr("make it again")));
}

}  // namespace
}  // namespace retort
