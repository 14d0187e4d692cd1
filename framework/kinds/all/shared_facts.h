#pragma once
// Facts that several kinds state, each written once.
#include "kinds/kind.h"

namespace retort {

MetaFact classes_fact();
MetaFact image_size_fact();
MetaFact channels_fact();
MetaFact normalization_fact();
MetaFact space_fact(std::vector<std::string> spaces);
/// `what`: "images" or "data", whose digest is stated.
MetaFact made_of_fact(const std::string& what);
/// A network by type and parameters; `with_classes`: of weights, which have a head or none.
MetaFact architecture_fact(bool with_classes);
/// The matrix of whitened images.
void add_zca_file(Kind& kind);
/// What a network on disk states, encoders and classifiers alike.
std::vector<MetaFact> network_facts();
/// The kind of one: weights and those facts, or `absent`.
Kind network_kind(const std::string& name, const std::string& summary);

}  // namespace retort
