"""Networks as modules of torch: torchvision's and timm's, which have the same architectures under the same names of tensors, and
those of plain_network.py."""

import torch

from . import plain_network
from .error import RetortError
from .library import library


def network(meta, weights):
    """The module with these weights, in eval mode: normalised images float32 [N,3,S,S] → logits [N,K], or features [N,F]
    where it has no head. Dropout and stochastic depth are off, as in the network that was trained.

    `meta`: of an `encoder` or `classifier` artifact. Throws RetortError for an architecture that there is no module of.
    """
    architecture = meta["architecture"]
    with torch.device("meta"):  # no time for first weights that the real ones replace
        module = _built(architecture["type"], architecture["params"], meta)
    for part in module.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
        elif type(part).__name__ == "StochasticDepth":
            part.p = 0.0
    try:
        module.load_state_dict(weights, assign=True)
    except RuntimeError as error:
        raise RetortError(f"the weights do not fit {architecture['type']} {architecture['params']}: {error}") from error
    return module.eval()


def _built(name, params, meta):
    size, classes, channels = meta["image_size"], len(meta["classes"]), meta["channels"]
    if name in _OURS and params.get("stem", "small") == "small":
        return _OURS[name](params, size, classes, channels)
    if name not in _BUILDERS:
        _refuse(name)
    if channels != 3:
        raise RetortError(f"a {name} of {channels} channels is in neither torchvision nor timm: theirs have 3")
    return _BUILDERS[name](name, params, size, classes)


def _refuse(what):
    raise RetortError(
        f"there is no module for {what}. To be had are: {', '.join(sorted({*_BUILDERS, *_OURS}))}. "
        'Others: the weights are in result.outputs[…].tensors("weights.safetensors")'
    )


def _headless(module, name):
    """Replaces the last layer by the identity: the output is then what it was given."""
    *path, last = name.split(".")
    setattr(module.get_submodule(".".join(path)), last, torch.nn.Identity())


def _of_torchvision(name, classes, head, **options):
    module = getattr(library("torchvision.models", "torchvision"), name)(num_classes=max(classes, 1), **options)
    if classes == 0:
        _headless(module, head)
    return module


_RESNETS = {
    "resnet18": ("BasicBlock", (2, 2, 2, 2)),
    "resnet34": ("BasicBlock", (3, 4, 6, 3)),
    "resnet50": ("Bottleneck", (3, 4, 6, 3)),
    "resnet101": ("Bottleneck", (3, 4, 23, 3)),
}
_STAGE = 64  # channels of the first stage of torchvision's ResNets


def _resnet(name, params, size, classes):
    resnet = library("torchvision.models.resnet", "torchvision")
    block, blocks = _RESNETS[name]
    width, small = params.get("width", _STAGE), params.get("stem", "small") == "small"
    made = resnet.ResNet if width == _STAGE else _resnet_of_width(resnet.ResNet, width)
    module = made(getattr(resnet, block), list(blocks))
    if small or width != _STAGE:
        side, stride = (3, 1) if small else (7, 2)
        module.conv1 = torch.nn.Conv2d(3, width, side, stride, side // 2, bias=False)
        module.bn1 = torch.nn.BatchNorm2d(width)
    if small:
        module.maxpool = torch.nn.Identity()
    features = 8 * width * getattr(resnet, block).expansion
    module.fc = torch.nn.Linear(features, classes) if classes else torch.nn.Identity()
    return module


def _resnet_of_width(resnet, width):
    """torchvision's class with stages of another width."""

    class ResNet(resnet):
        def _make_layer(self, block, planes, blocks, stride=1, dilate=False):
            if planes == _STAGE:
                self.inplanes = width
            return super()._make_layer(block, planes * width // _STAGE, blocks, stride, dilate)

    return ResNet


def _mobilenet(name, params, size, classes):
    module = _of_torchvision("mobilenet_v2", classes, "classifier.1")
    if params.get("stem", "small") == "small":
        module.features[0][0].stride = module.features[2].conv[1][0].stride = (1, 1)
    return module


def _shufflenet(name, params, size, classes):
    module = _of_torchvision("shufflenet_v2_x1_0", classes, "fc")
    if params.get("stem", "small") == "small":
        module.conv1[0].stride, module.maxpool = (1, 1), torch.nn.Identity()
    return module


def _efficientnet(name, params, size, classes):
    module = _of_torchvision("efficientnet_b0", classes, "classifier.1")
    if params.get("stem", "small") == "small":
        module.features[0][0].stride = (1, 1)
    return module


def _densenet(name, params, size, classes):
    module = _of_torchvision("densenet121", classes, "classifier")
    if params.get("stem", "small") == "small":
        module.features.conv0 = torch.nn.Conv2d(3, 64, 3, 1, 1, bias=False)
        module.features.pool0 = torch.nn.Identity()
    return module


def _plain(name, params, size, classes):
    norm = params.get("norm", "none")
    if norm not in ("none", "batch"):
        _refuse(f"{name} {params}")
    return _of_torchvision(name + ("_bn" if norm == "batch" else ""), classes, "classifier.6")


_VITS = {"vit_tiny": 192, "deit_tiny": 192, "vit_small": 384}
_HEADS = {"vit_tiny": 3, "deit_tiny": 3, "vit_small": 6}


def _vit(name, params, size, classes):
    if params.get("feature_blocks", 1) != 1:
        _refuse(f"{name} whose features are those of several blocks")
    transformer = library("timm.models.vision_transformer", "timm").VisionTransformer
    module = transformer(
        img_size=size,
        patch_size=params.get("patch", 16),
        num_classes=classes,
        embed_dim=_VITS[name],
        depth=params.get("depth", 12),
        num_heads=params.get("heads", _HEADS[name]),
    )
    module.pos_embed.requires_grad_(params.get("dialect", "dino") == "dino")
    return module


_BUILDERS = {
    **dict.fromkeys(_RESNETS, _resnet),
    "mobilenet_v2": _mobilenet,
    "shufflenet_v2": _shufflenet,
    "efficientnet_b0": _efficientnet,
    "densenet121": _densenet,
    "vgg11": _plain,
    "alexnet": _plain,
    **dict.fromkeys(_VITS, _vit),
}
_OURS = {"convnet": plain_network.convnet, "vgg11": plain_network.vgg11, "alexnet": plain_network.alexnet}
