#include "catalog/reference.h"

#include <gtest/gtest.h>

namespace retort {
namespace {

ParamSpec param(const std::string& name, const std::string& type, const std::string& doc, Json value) {
  ParamSpec spec;
  spec.name = name;
  spec.type = type;
  spec.doc = doc;
  spec.default_value = std::move(value);
  return spec;
}

Manifest recover() {
  Manifest manifest;
  PluginSpec& spec = manifest.spec;
  spec.type = "recover";
  spec.kind = "node";
  spec.summary = "Synthesise images";
  spec.random = true;
  spec.params = {param("per_class", "integer", "Images of each class", nullptr),
                 param("lr", "number", "Step size", 0.25),
                 param("losses", "list of component", "What is minimised", Json::array()),
                 param("codec", "string", "How images are kept", "png"), param("limit", "integer", "At most", nullptr)};
  spec.params[0].required = true;
  spec.params[0].min = 1;
  spec.params[1].min = 0;
  spec.params[1].min_exclusive = true;
  spec.params[1].max = 1.5;
  spec.params[2].component_kind = "recover_loss";
  spec.params[3].choices = {"png", "jpeg"};
  spec.params[3].in_key = false;
  spec.params[4].optional = true;
  PortSpec teachers, init, images;
  teachers.name = "teachers", teachers.kind = "classifier", teachers.doc = "Networks", teachers.list = true;
  init.name = "init", init.kind = "images", init.doc = "Start", init.optional = true, init.kinds = {"dataset"};
  images.name = "images", images.kind = "images", images.doc = "The images", images.held_out = true;
  spec.inputs = {teachers, init};
  spec.outputs = {images};
  manifest.library = "/plugins/recover.so";
  manifest.build = "sdk 1";
  manifest.code = "0123456789abcdef0123";
  return manifest;
}

TEST(Reference, PageSaysAllThatIsDeclared) {
  EXPECT_EQ(reference_page(recover(), Catalog()), R"(recover (node)
Synthesise images
draws random numbers: the seed is in its key

inputs
  teachers  list of classifier  Networks
  init      images or dataset   Start (optional)

outputs
  images  images  The images (test data: for evaluate.* and diagnose.*)

parameters
  per_class  integer               required  Images of each class (at least 1)
  lr         number                0.25      Step size (greater than 0, at most 1.5)
  losses     list of recover_loss  []        What is minimised
  codec      string                "png"     How images are kept (png or jpeg, not in the key)
  limit      integer               absent    At most

recover_loss: none built

in a graph
  {"type": "recover", "inputs": {"teachers":["…"]}, "params": {"per_class":"…"}}

/plugins/recover.so
code 0123456789abcdef; sdk 1
)");
}

TEST(Reference, ListingIsGroupedByKindAndSaysWhatCannotBeUsed) {
  const Manifest node = recover();
  Manifest loss = recover();
  loss.spec.kind = "recover_loss";
  loss.spec.type = "l2";
  Manifest old = loss;
  old.spec.type = "ancient";
  old.refused = "built long ago";
  EXPECT_EQ(listing({&node, &loss, &old}),
            "node\n  recover  Synthesise images\n\nrecover_loss\n  l2       Synthesise images\n"
            "  ancient  cannot be used: built long ago\n");
  EXPECT_EQ(listing({}), "");
  EXPECT_EQ(reference_json(old)["refused"], "built long ago");
}

}  // namespace
}  // namespace retort
