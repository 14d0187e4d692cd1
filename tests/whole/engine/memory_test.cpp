// What workers do with memory that a node freed: the next step has it, the next job does not.
#include "workshop.h"

namespace retort {
namespace {

constexpr int64_t kPage = 4096, kMebibyte = 1 << 20;

Json meta_of(Workshop& shop, const std::string& node) {
  const std::string key = Json::parse(shop.retort({"show", node, "--json"}).out)["key"];
  return shop.store().find(key)->outputs.at("out").meta;
}

/// glibc would give blocks of this size back at once, and the system would zero them again page by page.
TEST(Memory, AStepHasTheMemoryOfTheStepBefore) {
  for (const int64_t bytes : {kMebibyte, 40 * kMebibyte}) {
    Workshop shop;
    constexpr int64_t kSteps = 10, kBlocks = 4;
    shop.graph(
        {{"train", {{"type", "test.memory"}, {"params", {{"blocks", kBlocks}, {"bytes", bytes}, {"steps", kSteps}}}}}});
    EXPECT_EQ(shop.run()["status"], "done");
    const int64_t pages = (kSteps - 1) * kBlocks * bytes / kPage;
    EXPECT_LT(meta_of(shop, "train").at("faults").get<int64_t>(), pages / 10) << bytes << " bytes";
  }
}

TEST(Memory, AJobDoesNotHoldWhatTheOneBeforeFreed) {
  Workshop shop;
  shop.graph({{"large", {{"type", "test.memory"}, {"params", {{"blocks", 100}, {"bytes", 4 * kMebibyte}}}}},
              {"small", {{"type", "test.memory"}, {"inputs", {{"after", "large"}}}}}});
  EXPECT_EQ(shop.run({"--slots", "1"})["status"], "done");
  EXPECT_LT(meta_of(shop, "small").at("held").get<int64_t>(), 100 * kMebibyte) << "the large one took 400 MiB";
}

}  // namespace
}  // namespace retort
