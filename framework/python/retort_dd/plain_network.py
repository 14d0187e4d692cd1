"""ConvNet-D and the small VGG-11 and AlexNet of the dataset-distillation code bases, which no library has: written here, with
the names of tensors that Retort gives them."""

import torch
from torch import nn


class PlainNetwork(nn.Module):
    """Convolutions in `features`, whose output goes flat to one linear layer: float32 [N,C,S,S] → logits [N,K], or features
    [N,F] where `classes` is 0. The linear layer is called `classifier`, or `fc` in AlexNet; see `head`."""

    def __init__(self, layers, head, shape, classes):
        """`shape`: (C, S, S) of an image."""
        super().__init__()
        self.features, self.head = nn.Sequential(*layers), head
        wide = self.features(torch.zeros(1, *shape)).numel()
        setattr(self, head, nn.Linear(wide, classes) if classes else nn.Identity())

    def forward(self, images):
        return getattr(self, self.head)(self.features(images).flatten(1))


_ACTIVATIONS = {"relu": nn.ReLU, "leaky_relu": nn.LeakyReLU, "sigmoid": nn.Sigmoid, "swish": nn.SiLU}


def convnet(params, size, classes, channels):
    """ConvNet-D: `depth` blocks of convolution, normalisation, activation and pooling."""
    width, norm, pooling = params.get("width", 128), params.get("norm", "instance"), params.get("pooling", "avg")
    layers, inputs, side = [], channels, size
    for block in range(params.get("depth", 3)):
        padding = _padding(block, channels, 1)
        side += 2 * padding - 2
        layers += [nn.Conv2d(inputs, width, 3, padding=padding), *_norm(norm, width, side)]
        layers.append(_ACTIVATIONS[params.get("activation", "relu")]())
        if pooling != "none":
            layers.append(nn.AvgPool2d(2) if pooling == "avg" else nn.MaxPool2d(2))
            side //= 2
        inputs = width
    return PlainNetwork(layers, "classifier", (channels, size, size), classes)


def vgg11(params, size, classes, channels):
    layers, inputs = [], channels
    for block, width in enumerate((64, 128, 256, 256, 512, 512, 512, 512)):
        layers += [nn.Conv2d(inputs, width, 3, padding=_padding(block, channels, 1))]
        layers += [*_norm(params.get("norm", "none"), width), nn.ReLU()]
        layers += [nn.MaxPool2d(2)] if block in (0, 1, 3, 5, 7) else []
        inputs = width
    return PlainNetwork(layers, "classifier", (channels, size, size), classes)


def alexnet(params, size, classes, channels):
    layers, inputs = [], channels
    for block, (width, kernel) in enumerate(((128, 5), (192, 5), (256, 3), (192, 3), (192, 3))):
        layers += [nn.Conv2d(inputs, width, kernel, padding=_padding(block, channels, kernel // 2)), nn.ReLU()]
        layers += [nn.MaxPool2d(2)] if block in (0, 1, 4) else []
        inputs = width
    return PlainNetwork(layers, "fc", (channels, size, size), classes)


def _padding(block, channels, usual):
    """DC pads grey images of 28 pixels to those of 32."""
    return usual + 2 if block == 0 and channels == 1 else usual


def _norm(norm, width, side=None):
    """`side`: of the images that are normalised, which layer norm holds weights for."""
    return {
        "none": lambda: [],
        "batch": lambda: [nn.BatchNorm2d(width)],
        "instance": lambda: [nn.GroupNorm(width, width)],
        "group": lambda: [nn.GroupNorm(4, width)],
        "layer": lambda: [nn.LayerNorm([width, side, side])],
    }[norm]()
