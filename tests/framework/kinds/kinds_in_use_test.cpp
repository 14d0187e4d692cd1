#include "kinds/kinds_in_use.h"

#include <gmock/gmock.h>

namespace retort {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

PortSpec port(const std::string& kind, std::vector<std::string> also = {}) {
  PortSpec spec;
  spec.name = "port", spec.kind = kind, spec.kinds = std::move(also);
  return spec;
}

std::vector<KindInUse> toy_kinds() {
  PluginSpec maker, looker, init;
  maker.type = "maker", maker.kind = looker.kind = "node", maker.outputs = {port("images"), port("smell")};
  looker.type = "looker", looker.inputs = {port("images", {"dataset"})};
  init.type = "real", init.kind = "recover_init", init.inputs = {port("images")};
  return kinds_in_use({&maker, &looker, &init});
}

const KindInUse& named(const std::vector<KindInUse>& all, const std::string& name) {
  for (const auto& kind : all)
    if (kind.name == name) return kind;
  throw std::out_of_range(name);
}

TEST(KindsInUse, AreFoundByPorts) {
  const auto all = toy_kinds();
  EXPECT_THAT(named(all, "images").writers, ElementsAre("maker"));
  EXPECT_THAT(named(all, "images").readers, ElementsAre("looker", "recover_init real"));
  EXPECT_THAT(named(all, "dataset").readers, ElementsAre("looker"));
  EXPECT_THAT(named(all, "labels").readers, IsEmpty());
}

TEST(KindsInUse, ThoseOfPluginsComeLast) {
  const auto all = toy_kinds();
  EXPECT_EQ(all.size(), kinds().size() + 1);
  EXPECT_EQ(all.back().name, "smell");
  EXPECT_EQ(all.back().contract, nullptr);
  EXPECT_THAT(kind_page(all.back()), HasSubstr("a plugin's own"));
}

TEST(KindsInUse, APageHasFilesTensorsMetaAndUsers) {
  const std::string page = kind_page(named(toy_kinds(), "images"));
  for (const char* part :
       {"images.safetensors", "[N, C, H, W]", "uint8 or float32", "per_class", "since 0.2", "where space is zca",
        "mean                    list of number", "written by  maker\n", "read by     looker, recover_init real\n"})
    EXPECT_THAT(page, HasSubstr(part));
}

TEST(KindsInUse, JsonHasTheSame) {
  const Json json = to_json(named(toy_kinds(), "images"));
  EXPECT_EQ(json["written_by"], Json({"maker"}));
  EXPECT_EQ(json["files"][1]["name"], "zca.safetensors");
  EXPECT_EQ(json["files"][1]["when"], Json({{"meta", "space"}, {"is", {"zca"}}}));
  EXPECT_EQ(json["files"][0]["tensors"][0]["types"], Json({"uint8", "float32"}));
  EXPECT_EQ(to_json(named(toy_kinds(), "metrics"))["other_meta"]["type"], "number");
}

}  // namespace
}  // namespace retort
