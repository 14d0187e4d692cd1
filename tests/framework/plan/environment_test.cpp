// The numeric environment in a key: there exactly where a node or a component of it computes with numbers.
#include <gmock/gmock.h>

#include "example_graph.h"
#include "plan/key.h"

namespace retort {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string text_of(const ExampleGraph& example, size_t node) {
  SourceDigests sources(example.folder / "none");
  return key_text(example.graph.nodes[node], {}, sources);
}

TEST(Environment, ANumericComponentMakesItsNodeNumeric) {
  ExampleGraph example;
  example.recover.spec.numeric = false;
  EXPECT_THAT(text_of(example, 1), Not(HasSubstr("\ndevice ")));
  for (Manifest* component : {&example.cross_entropy, &example.bn_match}) {
    component->spec.numeric = true;
    EXPECT_THAT(text_of(example, 1), HasSubstr("\ndevice cpu\nprecision float32\nthreads 1\ntorch 2.13.0\n"));
    component->spec.numeric = false;
  }
}

TEST(Environment, HasWhatTheGraphSays) {
  ExampleGraph example;
  auto& node = example.graph.nodes[1];
  node.seed = 7;
  node.device = "cuda";
  node.precision = "bfloat16";
  node.threads = 3;
  EXPECT_THAT(text_of(example, 1), HasSubstr("\nseed 7\ndevice cuda\nprecision bfloat16\nthreads 3\ntorch 2.13.0\n"));
}

TEST(Environment, IsOfTheComponentsLibtorchWhereTheNodeHasNone) {
  ExampleGraph example;
  example.recover.torch = "none";
  EXPECT_THAT(text_of(example, 1), HasSubstr("\ntorch none\n"));
  example.bn_match.torch = "2.11.0";
  EXPECT_THAT(text_of(example, 1), HasSubstr("\ntorch 2.11.0\n"));
}

TEST(Environment, ARandomNodeOfNoNumbersHasItsSeedAlone) {
  ExampleGraph example;
  example.score.spec.random = true;
  example.graph.nodes[2].seed = 5;
  EXPECT_THAT(text_of(example, 2), HasSubstr("\nseed 5\n"));
  EXPECT_THAT(text_of(example, 2), Not(HasSubstr("device")));
}

}  // namespace
}  // namespace retort
