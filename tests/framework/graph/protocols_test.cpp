// The settings that graphs share under graphs/protocols, against what their papers and scripts say. Every value a file
// gives must stand in this table: a new one needs a line with its source.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>

#include "core/files.h"
#include "core/json_text.h"
#include "published_ssl.h"

namespace retort {
namespace {

std::filesystem::path protocols() {
  const char* source = std::getenv("RETORT_SOURCE");
  return std::filesystem::path(source ? source : ".") / "graphs" / "protocols";
}

/// Published values by "name.parameter": what the `let` of a file holds, components by their own parameters.
using Values = std::map<std::string, Json>;

struct File {
  const char* source;
  Values values;
};

void flatten(const std::string& path, const Json& json, Values& out) {
  if (!json.is_object()) {
    out[path] = json;
    return;
  }
  for (const auto& [name, value] : json.items()) flatten(path.empty() ? name : path + "." + name, value, out);
}

/// `name` with each of `rest` behind it.
Values student(const std::string& name, const Values& rest) {
  Values all;
  for (const auto& [param, value] : rest) all[name + "." + param] = value;
  return all;
}

Values joined(std::initializer_list<Values> parts) {
  Values all;
  for (const auto& part : parts) all.insert(part.begin(), part.end());
  return all;
}

Values resnet18(const std::string& stem, const std::string& views, Values more) {
  more["network.type"] = "resnet18";
  more["network.stem"] = stem;
  more["augment.type"] = "standard";
  more["augment.preset"] = views;
  return more;
}

/// What the `let` of graphs/protocols/ssl/`file` should hold.
Values ssl(const std::string& file) {
  Values all;
  for (const auto& [name, text] : published_ssl().at(file)) flatten(name, Json::parse(text), all);
  return all;
}

const std::map<std::string, File>& published() {
  const Values sre2l_cifar = resnet18("small", "crop_flip",
                                      {{"epochs", 400},
                                       {"batch", 128},
                                       {"optimizer", "adamw"},
                                       {"lr", 0.001},
                                       {"weight_decay", 0.01},
                                       {"mixing", "mixup"},
                                       {"mixing_alpha", 0.8},
                                       {"temperature", 30}});
  const Values sre2l_tiny = resnet18("small", "resized_crop_flip",
                                     {{"epochs", 100},
                                      {"batch", 256},
                                      {"optimizer", "sgd"},
                                      {"lr", 0.2},
                                      {"momentum", 0.9},
                                      {"weight_decay", 0.0001},
                                      {"warmup_epochs", 5},
                                      {"warmup_start", 0.01},
                                      {"temperature", 20},
                                      {"temperature_squared", true}});
  const Values imagenet_kd{{"epochs", 300},        {"optimizer", "adamw"}, {"lr", 0.001},
                           {"weight_decay", 0.01}, {"decay_all", false},   {"temperature", 20}};
  const auto with = [](Values base, const Values& more) {
    for (const auto& [name, value] : more) base[name] = value;
    return base;
  };
  static const std::map<std::string, File> files = {
      {"as_published/dc.json",
       {"DC, ICLR 2021: evaluate_synset, 20 nets, E 300 without augmentation",
        {{"dc_student.networks", 20}, {"dc_student.epochs", 300}, {"dc_student.augment", "none"}}}},
      {"as_published/dsa.json",
       {"DSA, ICML 2021: 20 nets, E 1000 with augmentation",
        {{"dsa_student.networks", 20}, {"dsa_student.epochs", 1000}, {"dsa_student.augment", "dsa"}}}},
      {"as_published/dm.json",
       {"DM, WACV 2023: 5 nets, E 1000",
        {{"dm_student.networks", 5}, {"dm_student.epochs", 1000}, {"dm_student.augment", "dsa"}}}},
      {"as_published/cafe.json",
       {"CAFE, CVPR 2022: 20 nets, E 600 without, 1000 with augmentation",
        {{"cafe_student.networks", 20},
         {"cafe_student.epochs", 600},
         {"cafe_student.augment", "none"},
         {"cafe_dsa_student.networks", 20},
         {"cafe_dsa_student.epochs", 1000},
         {"cafe_dsa_student.augment", "dsa"}}}},
      {"as_published/mtt.json",
       {"MTT, CVPR 2022: 5 nets at every evaluation, E 1000",
        {{"mtt_student.networks", 5}, {"mtt_student.epochs", 1000}, {"mtt_student.augment", "dsa"}}}},
      {"as_published/tesla.json",
       {"TESLA, ICML 2023: 3 nets",
        {{"tesla_student.networks", 3}, {"tesla_student.epochs", 1000}, {"tesla_student.augment", "dsa"}}}},
      {"as_published/coreset.json",
       {"DC's evaluation, as its tables list coresets",
        {{"coreset_student.networks", 20}, {"coreset_student.epochs", 300}, {"coreset_student.augment", "none"}}}},
      {"as_published/sre2l.json",
       {"SRe2L, NeurIPS 2023: CIFAR and Tiny scripts, ImageNet's train_FKD.py",
        joined({
            student("sre2l_cifar_teacher", resnet18("small", "crop_flip",
                                                    {{"epochs", 200},
                                                     {"batch", 128},
                                                     {"optimizer", "sgd"},
                                                     {"lr", 0.1},
                                                     {"momentum", 0.9},
                                                     {"weight_decay", 0.0005}})),
            {{"sre2l_cifar_labels.mode", "train"}, {"sre2l_tiny_labels.mode", "eval"}},
            student("sre2l_cifar_student", sre2l_cifar),
            student("sre2l_tiny_teacher", resnet18("small", "resized_crop_flip",
                                                   {{"epochs", 50},
                                                    {"batch", 256},
                                                    {"optimizer", "sgd"},
                                                    {"lr", 0.2},
                                                    {"momentum", 0.9},
                                                    {"weight_decay", 0.0001},
                                                    {"warmup_epochs", 5},
                                                    {"warmup_start", 0.01}})),
            student("sre2l_tiny_student", sre2l_tiny),
            // torchvision's recipe of its V1 weights.
            student("sre2l_imagenet_teacher", resnet18("imagenet", "resized_crop_flip",
                                                       {{"epochs", 90},
                                                        {"batch", 256},
                                                        {"optimizer", "sgd"},
                                                        {"lr", 0.1},
                                                        {"momentum", 0.9},
                                                        {"weight_decay", 0.0001},
                                                        {"schedule", "step"},
                                                        {"milestones", {30, 60}},
                                                        {"gamma", 0.1}})),
            student("sre2l_imagenet_labels", {{"form", "replay"},
                                              {"epochs", 300},
                                              {"batch", 1024},
                                              {"mixing", "cutmix"},
                                              {"mode", "eval"},
                                              {"augment.type", "standard"},
                                              {"augment.preset", "resized_crop_flip"}}),
            student("sre2l_imagenet_student",
                    with(imagenet_kd, {{"batch", 1024}, {"network.type", "resnet18"}, {"network.stem", "imagenet"}})),
        })}},
      {"as_published/cda.json",
       {"CDA, TMLR 2024: SRe2L's on CIFAR and Tiny; ImageNet batch 128, asked while it trains",
        joined({
            {{"cda_cifar_labels.mode", "train"},
             {"cda_tiny_labels.mode", "eval"},
             {"cda_imagenet_labels.mode", "eval"}},
            student("cda_cifar_student", sre2l_cifar),
            student("cda_tiny_student", sre2l_tiny),
            student("cda_imagenet_student", resnet18("imagenet", "resized_crop_flip",
                                                     with(imagenet_kd, {{"batch", 128}, {"mixing", "cutmix"}}))),
        })}},
      {"as_published/sc_dd.json",
       {"SC-DD, arXiv 2404.07976: its README's table and post-training scripts",
        joined({
            {{"sc_dd_cifar_labels.mode", "train"},
             {"sc_dd_tiny_labels.mode", "eval"},
             {"sc_dd_imagenet_labels.mode", "eval"}},
            // The probe is published nowhere: this project's choice, at 32 pixels.
            {{"sc_dd_cifar_probe.protocol", "lightly"}, {"sc_dd_cifar_probe.calibrate", true}},
            // The script parses 0.005 and trains with 0.001; its cosine is made for 600 half-steps of 300 epochs.
            student("sc_dd_cifar_student_released", with(sre2l_cifar, {{"epochs", 200},
                                                                       {"batch", 64},
                                                                       {"lr", 0.001},
                                                                       {"cosine_eta", 2},
                                                                       {"schedule_epochs", 300},
                                                                       {"normalization", "cifar-B"}})),
            // The paper's table: 0.005 and a cosine to 0.
            student(
                "sc_dd_cifar_student_in_table",
                {{"ref", "sc_dd_cifar_student_released"}, {"lr", 0.005}, {"cosine_eta", 1}, {"schedule_epochs", 200}}),
            {{"sc_dd_cifar_student.ref", "sc_dd_cifar_student_released"}},
            // The README's command; the table says ResNet-18 and 0.25.
            {{"sc_dd_imagenet_squeeze.type", "resnet50"},
             {"sc_dd_imagenet_squeeze.stem", "imagenet"},
             {"sc_dd_imagenet_recover_lr", 0.1}},
            student("sc_dd_tiny_student", resnet18("small", "resized_crop_flip",
                                                   {{"epochs", 500},
                                                    {"batch", 256},
                                                    {"optimizer", "sgd"},
                                                    {"lr", 0.2},
                                                    {"momentum", 0.9},
                                                    {"weight_decay", 0.0001},
                                                    {"temperature", 20},
                                                    {"temperature_squared", true}})),
            student("sc_dd_imagenet_student", resnet18("imagenet", "resized_crop_flip",
                                                       with(imagenet_kd, {{"batch", 64}, {"mixing", "cutmix"}}))),
        })}},
      {"as_published/rded.json",
       {"RDED, CVPR 2024: 300 epochs, AdamW, a cosine of eta 2, batch 100 (50 images a class)",
        joined({
            {{"rded_labels.mode", "eval"}},
            student("rded_small_student", resnet18("small", "resized_crop_flip",
                                                   {{"augment.scale", {1, 1}},
                                                    {"epochs", 300},
                                                    {"batch", 100},
                                                    {"optimizer", "adamw"},
                                                    {"lr", 0.001},
                                                    {"weight_decay", 0.01},
                                                    {"cosine_eta", 2},
                                                    {"mixing", "cutmix"},
                                                    {"temperature", 20}})),
            student("rded_imagenet_student", with(resnet18("imagenet", "resized_crop_flip",
                                                           {{"augment.scale", {0.5, 1}},
                                                            {"epochs", 300},
                                                            {"batch", 100},
                                                            {"optimizer", "adamw"},
                                                            {"lr", 0.001},
                                                            {"weight_decay", 0.01},
                                                            {"cosine_eta", 2},
                                                            {"mixing", "cutmix"},
                                                            {"temperature", 20}}),
                                                  {{"augment.type", "shuffled_patches"}, {"augment.factor", 2}})),
        })}},
      {"equal/score.json",
       {"this project's own: one student for all (README)",
        {{"student.network.type", "resnet18"},
         {"student.epochs", 200},
         {"student.batch", 64},
         {"student.optimizer", "adamw"},
         {"student.lr", 0.001},
         {"student.weight_decay", 0.01},
         {"student.temperature", 20}}}},
      {"equal/dd_ranking.json",
       {"DD-Ranking's two scores: with and without the augmentation, 200 epochs",
        {{"student.network.type", "resnet18"},
         {"student.epochs", 200},
         {"student.batch", 64},
         {"student.temperature", 20},
         {"full.epochs", 200},
         {"full.batch", 128},
         {"augmented.type", "standard"},
         {"augmented.preset", "crop_flip"},
         {"plain.type", "standard"},
         {"plain.preset", "none"}}}},
      {"equal/soft.json", {"labels of one teacher", {}}},
      {"equal/hard.json", {"the classes themselves", {}}},
      {"equal/plain.json", {"no augmentation", {}}},
      {"equal/augmented.json", {"crops and flips", {}}},
      {"ssl/official.json", {"MoCo's CIFAR demo, SimSiam's appendix D, dkobak/simclr-cifar10", ssl("official.json")}},
      {"ssl/lightly.json", {"lightly's CIFAR-10 benchmark", ssl("lightly.json")}},
      {"ssl/solo_learn.json", {"solo-learn's scripts/pretrain/cifar", ssl("solo_learn.json")}},
      {"ssl/short.json", {"this project's own, for a few thousand images and 30 epochs", ssl("short.json")}},
  };
  return files;
}

Json parsed(const std::string& file) {
  return Json::parse(read_file(protocols() / file), nullptr, /*allow_exceptions=*/true, /*ignore_comments=*/true);
}

TEST(Protocols, EveryFileHasATable) {
  std::set<std::string> there;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(protocols()))
    if (entry.path().extension() == ".json")
      there.insert(std::filesystem::relative(entry.path(), protocols()).generic_string());
  std::set<std::string> known;
  for (const auto& [file, table] : published()) known.insert(file);
  EXPECT_EQ(there, known);
}

TEST(Protocols, HaveTheNumbersOfTheirSources) {
  for (const auto& [file, table] : published()) {
    SCOPED_TRACE(file + ": " + table.source);
    Values found;
    flatten("", parsed(file).value("let", Json::object()), found);
    for (const auto& [name, value] : table.values)
      EXPECT_EQ(found.count(name) ? found.at(name) : Json("nothing"), value) << name;
    for (const auto& [name, value] : found) EXPECT_EQ(table.values.count(name), 1u) << name << " has no source here";
  }
}

/// What the equal protocol varies is all it varies.
TEST(Protocols, TheEqualOnesDifferInWhatTheyAreNamedAfter) {
  EXPECT_EQ(parsed("equal/plain.json")["sweep"]["axes"],
            Json::parse(R"({"augment": {"none": {"score.augment": {"type": "standard", "preset": "none"}}}})"));
  EXPECT_EQ(
      parsed("equal/augmented.json")["sweep"]["axes"],
      Json::parse(R"({"augment": {"crop, flip": {"score.augment": {"type": "standard", "preset": "crop_flip"}}}})"));
  EXPECT_EQ(parsed("equal/hard.json")["sweep"]["axes"],
            Json::parse(R"({"labels": {"hard": {"score.inputs.labels": "hard"}}})"));
  EXPECT_EQ(parsed("equal/soft.json")["sweep"]["axes"],
            Json::parse(R"({"labels": {"soft": {"score.inputs.labels": "soft"}}})"));
}

}  // namespace
}  // namespace retort
