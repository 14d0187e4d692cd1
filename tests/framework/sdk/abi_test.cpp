// What plugins and the engine hand each other lies in memory as the number of its layout says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/build.h"
#include "sdk/artifact.h"
#include "sdk/component.h"
#include "sdk/node.h"

namespace retort {
namespace {

TEST(SdkAbi, SizesAreThoseOfItsNumber) {
  EXPECT_EQ(RETORT_SDK_ABI, 3);
  EXPECT_THAT((std::vector<size_t>{sizeof(ParamSpec), sizeof(PortSpec), sizeof(PluginSpec), sizeof(Param), sizeof(Port),
                                   sizeof(Declare), sizeof(Plugin), sizeof(Node), sizeof(Artifact), sizeof(Input),
                                   sizeof(Output), sizeof(ComponentSlot), sizeof(PluginDescriptor)}),
              testing::ElementsAre(312, 176, 200, 328, 192, 360, 24, 24, 128, 24, 176, 8, 48))
      << "raise RETORT_SDK_ABI (core/build.h), then write number and sizes here";
}

}  // namespace
}  // namespace retort
