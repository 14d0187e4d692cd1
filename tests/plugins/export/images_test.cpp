// export.images: what the folders of classes are called.
#include <ATen/ATen.h>

#include "core/system_text.h"
#include "sdk/torch/tensor_file.h"
#include "support/fake_run.h"

namespace retort {
namespace {

using test::NodeRun;

/// Folders of the export of a data set whose classes are called so.
std::vector<std::string> folders_of(const std::vector<std::string>& classes) {
  NodeRun icons("dataset.icons", {{"classes", classes.size()}, {"per_class", 1}, {"size", 20}}, "icons");
  Artifact images = icons.go().output("train");
  images.meta["classes"] = classes;
  NodeRun node("export.images", Json::object());
  return node.input("images", {images}).go().output("folder").meta.at("folders");
}

TEST(ExportImages, FoldersSayWhatIsReadableOfAName) {
  EXPECT_EQ(folders_of({"sea lion", "größe", "a-1/../b"}),
            (std::vector<std::string>{"0000_sea_lion", "0001_gr__e", "0002_a-1____b"}));
}

TEST(ExportImages, AByteThatIsNoUtf8IsOneCharacter) {
  EXPECT_EQ(folders_of({text_of("caf\xe9"), text_of("\xff\xfe"), "cafe"}),
            (std::vector<std::string>{"0000_caf_", "0001___", "0002_cafe"}));
}

TEST(ExportImages, ALongNameIsCutAfterAHundredCharacters) {
  std::string umlauts;
  for (int i = 0; i < 150; ++i) umlauts += "ü";
  EXPECT_EQ(folders_of({umlauts, std::string(99, 'x'), "short"}),
            (std::vector<std::string>{"0000_" + std::string(100, '_'), "0001_" + std::string(99, 'x'), "0002_short"}));
}

}  // namespace
}  // namespace retort
