#include "kinds/all/shared_facts.h"

namespace retort {

MetaFact classes_fact() {
  return {"classes", "list of string", "Names of the K classes; a label is a place in the list"};
}
MetaFact image_size_fact() { return {"image_size", "integer", "H and W, in pixels"}; }
MetaFact channels_fact() { return {"channels", "integer", "C: 3 for colour, 1 for grey"}; }

MetaFact normalization_fact() {
  return MetaFact("normalization", "object", "Constants of (pixels - mean) / std, pixels from 0 to 1")
      .holds({{"name", "string", "What the constants are called"},
              {"mean", "list of number", "One a channel"},
              {"std", "list of number", "One a channel, above 0"}});
}

MetaFact space_fact(std::vector<std::string> spaces) {
  return MetaFact("space", "string", "What the values are: pixels (bytes, or 0 to 1), normalized, or whitened")
      .one_of(std::move(spaces))
      .written_since("0.2");
}

MetaFact made_of_fact(const std::string& what) {
  return MetaFact("made_of", "object", "What it fits and nothing else, by digest")
      .holds({{what, "string", "Digest of that artifact"}})
      .written_since("0.2");
}

MetaFact architecture_fact(bool with_classes) {
  std::vector<MetaFact> fields{{"type", "string", "Type of the network, as graphs write it"},
                               {"params", "object", "All its parameters"},
                               {"code", "string", "Code identity of that network; empty if unknown"}};
  if (with_classes) fields.emplace_back("classes", "integer", "Outputs of the head; 0: it has none");
  return MetaFact("architecture", "object", "The network").holds(std::move(fields));
}

void add_zca_file(Kind& kind) {
  kind.file("zca.safetensors", "What undoes the whitening")
      .when("space", {"zca"})
      .tensor({"mean", {"float32"}, "[D]", "Mean of the pixels, D = C * H * W"})
      .tensor({"matrix", {"float32"}, "[D, D]", "Symmetric whitening matrix"});
}

std::vector<MetaFact> network_facts() {
  return {architecture_fact(/*with_classes=*/true),
          {"feature_size", "integer", "Length of a feature vector"},
          classes_fact(),
          image_size_fact(),
          channels_fact(),
          normalization_fact(),
          {"trained", "object", "How it came about, by the node that made it: by, epochs, method, …"}};
}

Kind network_kind(const std::string& name, const std::string& summary) {
  Kind kind(name, summary);
  kind.file("weights.safetensors", "Every parameter and buffer")
      .unless("absent")
      .tensor({"*", {}, "", "By torchvision's (timm's) names; finite"});
  kind.meta("absent", "string", "Why there is no such network; then nothing else is there").optional();
  for (auto& fact : network_facts()) kind.meta(std::move(fact)).unless("absent");
  return kind;
}

}  // namespace retort
