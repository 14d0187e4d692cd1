// Labels that do not fit the images or the settings they are used with.
#include <gtest/gtest.h>

#include "support/fake_run.h"
#include "support/tiny_teacher.h"

namespace retort {
namespace {

constexpr int64_t kClasses = 3;

Artifact images(int64_t per_class) { return test::tiny_data(kClasses, per_class, static_cast<uint64_t>(per_class)); }

/// Labels of 4 images a class.
Artifact labels(const Json& params, int64_t classes = kClasses) {
  test::NodeRun soft("relabel.soft", params, "soft");
  return soft.input("teachers", {test::teacher_without_batch_norm(classes)})
      .input("images", {test::tiny_data(classes, 4, 4)})
      .go()
      .output("labels");
}

std::string refusal(const Artifact& labels, int64_t per_class, const Json& more = Json::object()) {
  Json params = {
      {"network", {{"type", "convnet"}, {"depth", 2}, {"width", 4}}}, {"epochs", 2}, {"batch", 4}, {"test_every", 0}};
  params.update(more);
  test::NodeRun node("evaluate.student", params);
  node.input("images", {images(per_class)}).input("test", {images(2)}).input("labels", {labels});
  try {
    node.go();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::user);
    return error.what();
  }
  return "accepted";
}

TEST(Labels, OfAnotherNumberOfImagesAreRefused) {
  EXPECT_EQ(refusal(labels({{"form", "image"}}), 5), "the labels are of 12 other images, these are 15; label these");
  EXPECT_EQ(refusal(labels({{"form", "image"}}), 4), "accepted");
}

TEST(Labels, AReplayNamesWhatItWasMadeFor) {
  const auto replay = labels({{"form", "replay"}, {"epochs", 2}, {"batch", 4}});
  EXPECT_EQ(refusal(replay, 5), "the labels were made for a number of images of 12, not 15");
  EXPECT_EQ(refusal(replay, 4, {{"batch", 6}}), "the labels were made for \"batch\" 4, not 6");
  EXPECT_EQ(refusal(replay, 4, {{"epochs", 3}}), "the labels were made for \"epochs\" 2, not 3");
}

/// Of equal number and classes: only the digest tells them apart.
TEST(Labels, OfOtherImagesAreRefused) {
  for (const char* form : {"image", "replay"}) {
    auto made = labels({{"form", form}, {"epochs", 2}, {"batch", 4}});
    EXPECT_EQ(made.meta.at("made_of"), (Json{{"images", ""}})) << form;  // artifacts of this test have no digest
    made.meta["made_of"]["images"] = std::string(64, 'a');
    EXPECT_EQ(refusal(made, 4),
              "the labels were made of other images (digest aaaaaaaaaaaa) than these (): label these (relabel.soft)");
    made.meta.erase("made_of");
    EXPECT_EQ(refusal(made, 4),
              "the labels do not say which images they were made of; an earlier version made them, or "
              "another program: make them again");
  }
  EXPECT_EQ(refusal(labels({{"form", "labeller"}}), 4), "accepted");
}

TEST(Labels, OfOtherClassesAreRefused) {
  EXPECT_EQ(refusal(labels({{"form", "labeller"}}, 2), 4), "the labels have other classes than the images");
}

}  // namespace
}  // namespace retort
