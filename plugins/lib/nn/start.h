#pragma once
// How weights begin in networks that begin otherwise than a Pass has it (ResNet's rule for convolutions, torch's for
// linear layers). `begin` makes the weight and its bias of zero; the layer of that name then finds them.
#include "nn/pass.h"

namespace retort::nn {

Start normal(double deviation);
/// Within ± 1/√out of a weight [out,in]: EfficientNet's classifier.
Start uniform_by_outputs();
/// Kaiming normal, fan-in, of a convolution's weight [out,in,k,k]: DenseNet.
Start kaiming_fan_in();
/// Kaiming normal, fan-out: what Pass::conv does, for convolutions whose bias is to begin at zero.
Start kaiming_fan_out();

/// Mode::init: makes "NAME.weight" by `start` and, with `bias`, "NAME.bias" of zeros. Other modes: nothing.
void begin(Pass& pass, const std::string& name, at::IntArrayRef shape, const Start& start, bool bias);

}  // namespace retort::nn
