// Structure only; that the schema is one, and accepts the right graphs, is checked against two other validators.
#include "graph/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "toy_catalog.h"

namespace retort {
namespace {

void each_object(const Json& json, const std::function<void(const Json&)>& visit) {
  if (json.is_object()) visit(json);
  if (json.is_structured())
    for (const auto& one : json) each_object(one, visit);
}

TEST(Schema, EveryReferenceLeadsSomewhere) {
  const Json schema = graph_schema(toy_catalog());
  int count = 0;
  each_object(schema, [&](const Json& object) {
    if (!object.contains("$ref")) return;
    ++count;
    const std::string target = object["$ref"];
    ASSERT_EQ(target.rfind("#/$defs/", 0), 0u) << target;
    EXPECT_TRUE(schema["$defs"].contains(target.substr(8))) << target;
  });
  EXPECT_GT(count, 10);
}

const Json& branch(const Json& schema, const std::string& type) {
  for (const auto& one : schema["allOf"])
    if (one["if"]["properties"]["type"]["const"] == type) return one["then"];
  static const Json none;
  return none;
}

TEST(Schema, SaysWhatTheManifestsSay) {
  const Json schema = graph_schema(toy_catalog());
  const Json& recover = branch(schema["$defs"]["node"], "recover")["properties"];
  EXPECT_EQ(recover["params"]["properties"]["per_class"].dump(),
            R"({"additionalProperties":false,"description":"Images of each class","minimum":1.0,)"
            R"("properties":{"ref":{"type":"string"}},"required":["ref"],"type":["integer","object"]})");
  const Json& lr = recover["params"]["properties"]["lr"];
  EXPECT_EQ(lr["default"], 0.25);
  EXPECT_EQ(lr["exclusiveMinimum"], 0.0);
  EXPECT_EQ(lr["type"], Json({"number", "object"})) << "a value, or a reference to one";
  EXPECT_EQ(recover["params"]["properties"]["losses"]["items"]["$ref"], "#/$defs/kind.recover_loss");
  EXPECT_EQ(recover["params"]["additionalProperties"], false);
  EXPECT_EQ(recover["inputs"]["properties"]["teachers"]["type"], "array");
  const Json& loss = branch(schema["$defs"]["kind.recover_loss"], "bn_match")["properties"];
  EXPECT_EQ(loss["norm"]["anyOf"][0]["enum"], Json({"l2", "squared"}));
  EXPECT_EQ(branch(schema["$defs"]["complete_node"], "recover")["properties"]["params"]["anyOf"],
            Json::parse(R"([{"required": ["per_class"]}, {"required": ["ref"]}])"));
  EXPECT_EQ(schema["$defs"]["kind.network"]["properties"]["type"]["anyOf"][0].dump(),
            R"({"const":"resnet18","description":"ResNet with 18 layers"})");
}

}  // namespace
}  // namespace retort
