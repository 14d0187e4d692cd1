"""Our networks against torchvision's and against a plain torch re-implementation.

  networks.py --list FOLDER          writes the parameter lists that tests of tests/plugins/nn expect
  networks.py --program TEST --work FOLDER [--torch-only]

TEST is bin/peer_network, which reads a safetensors file and images and writes the logits our code computes.
Without torchvision (--torch-only) the files our code wrote are read with the safetensors package and run through the
re-implementation below; the students (STUDENTS) then are compared with torchvision if it is there, large ones apart.
"""
import argparse
import json
import pathlib
import subprocess
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file


def resnet_logits(weights, images, stem, blocks, bottleneck):
    """ResNet in eval mode, written from the paper as one function of a dictionary of tensors."""

    def bn(name, x):
        return F.batch_norm(x, weights[name + ".running_mean"], weights[name + ".running_var"],
                            weights[name + ".weight"], weights[name + ".bias"], eps=1e-5)

    def conv(name, x, stride=1):
        w = weights[name + ".weight"]
        return F.conv2d(x, w, stride=stride, padding=w.shape[-1] // 2)

    x = F.relu(bn("bn1", conv("conv1", images, 1 if stem == "small" else 2)))
    if stem == "imagenet":
        x = F.max_pool2d(x, 3, 2, 1)
    for stage, count in enumerate(blocks, 1):
        for i in range(count):
            name = f"layer{stage}.{i}."
            stride = 2 if stage > 1 and i == 0 else 1
            y = x
            strides = (1, stride, 1) if bottleneck else (stride, 1)
            for k, s in enumerate(strides, 1):
                y = bn(f"{name}bn{k}", conv(f"{name}conv{k}", y, s))
                if k < len(strides):
                    y = F.relu(y)
            if name + "downsample.0.weight" in weights:
                x = bn(name + "downsample.1", conv(name + "downsample.0", x, stride))
            x = F.relu(x + y)
    return F.linear(x.mean((2, 3)), weights["fc.weight"], weights["fc.bias"])


def convnet_logits(weights, images, depth):
    """ConvNet-D with instance normalisation and average pooling."""
    x = images
    for block in range(depth):
        name = f"features.{4 * block}"
        x = F.conv2d(x, weights[name + ".weight"], weights[name + ".bias"], padding=1)
        name = f"features.{4 * block + 1}"
        x = F.group_norm(x, x.shape[1], weights[name + ".weight"], weights[name + ".bias"])
        x = F.avg_pool2d(F.relu(x), 2)
    return F.linear(x.flatten(1), weights["classifier.weight"], weights["classifier.bias"])


def vit_logits(weights, images, heads, patch):
    """Vision transformer written from the paper, in timm's names; features if the weights have no head."""

    def linear(name, x):
        return F.linear(x, weights[name + ".weight"], weights[name + ".bias"])

    def norm(name, x):
        return F.layer_norm(x, x.shape[-1:], weights[name + ".weight"], weights[name + ".bias"], eps=1e-6)

    x = F.conv2d(images, weights["patch_embed.proj.weight"], weights["patch_embed.proj.bias"], stride=patch)
    x = torch.cat([weights["cls_token"].expand(len(x), -1, -1), x.flatten(2).transpose(1, 2)], 1) + weights["pos_embed"]
    block = 0
    while f"blocks.{block}.norm1.weight" in weights:
        name = f"blocks.{block}."
        q, k, v = linear(name + "attn.qkv", norm(name + "norm1", x)).chunk(3, -1)
        split = lambda t: t.unflatten(-1, (heads, -1)).transpose(1, 2)  # noqa: E731
        y = F.scaled_dot_product_attention(split(q), split(k), split(v)).transpose(1, 2).flatten(2)
        x = x + linear(name + "attn.proj", y)
        x = x + linear(name + "mlp.fc2", F.gelu(linear(name + "mlp.fc1", norm(name + "norm2", x))))
        block += 1
    x = norm("norm", x)[:, 0]
    return linear("head", x) if "head.weight" in weights else x


CASES = {
    "resnet18_small": dict(type="resnet18", stem="small", size=32, classes=100, blocks=(2, 2, 2, 2), bottleneck=False),
    "resnet18": dict(type="resnet18", stem="imagenet", size=64, classes=10, blocks=(2, 2, 2, 2), bottleneck=False),
    "resnet34": dict(type="resnet34", stem="imagenet", size=64, classes=10, blocks=(3, 4, 6, 3), bottleneck=False),
    "resnet50": dict(type="resnet50", stem="imagenet", size=64, classes=10, blocks=(3, 4, 6, 3), bottleneck=True),
    "resnet101": dict(type="resnet101", stem="imagenet", size=64, classes=10, blocks=(3, 4, 23, 3), bottleneck=True),
    "convnet": dict(type="convnet", size=32, classes=10),
    "vit_tiny": dict(type="vit_tiny", size=224, classes=10, heads=3),
    "vit_small": dict(type="vit_small", size=224, classes=10, heads=6),
    "deit_tiny": dict(type="deit_tiny", size=224, classes=10, heads=3),
}

# torchvision's own are the reference here: nothing is written a second time.
STUDENTS = {
    "mobilenet_v2": dict(type="mobilenet_v2", stem="imagenet", size=64, classes=10),
    "shufflenet_v2": dict(type="shufflenet_v2", stem="imagenet", size=64, classes=10, peer="shufflenet_v2_x1_0"),
    "efficientnet_b0": dict(type="efficientnet_b0", stem="imagenet", size=64, classes=10),
    "densenet121": dict(type="densenet121", stem="imagenet", size=64, classes=10),
    "alexnet": dict(type="alexnet", stem="imagenet", size=64, classes=10, large=True),
    "vgg11": dict(type="vgg11", stem="imagenet", size=32, classes=10, large=True),
    "vgg11_bn": dict(type="vgg11", stem="imagenet", size=32, classes=10, large=True, peer="vgg11_bn", norm="batch"),
}


def import_torchvision():
    """Its wheel may be built for CUDA; beside a CPU torch it then lacks two operators, which networks do not use."""
    try:
        import torchvision
    except RuntimeError:
        for module in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[module]
        operators = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            operators.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        import torchvision
    return torchvision


def torchvision_network(case):
    torchvision = import_torchvision()
    net = getattr(torchvision.models, case.get("peer", case["type"]))(num_classes=case["classes"])
    if case["type"].startswith("resnet") and case["stem"] == "small":
        net.conv1 = torch.nn.Conv2d(3, 64, 3, 1, 1, bias=False)
        net.maxpool = torch.nn.Identity()
    return net


def timm_network(case):
    import timm

    return timm.create_model(case["type"] + "_patch16_224", num_classes=case["classes"])


def unsettle(state):
    """Running statistics and affine parameters as after training, so that no term of BatchNorm is neutral."""
    for name, value in state.items():
        if name.endswith("running_mean"):
            value.normal_(0, 0.1)
        elif name.endswith("running_var"):
            value.uniform_(0.5, 1.5)
        elif value.dim() == 1 and value.is_floating_point() and not name.startswith(("fc", "classifier")):
            value.add_(torch.randn_like(value) * 0.1)


def difference(name, ours, theirs, limit):
    worst = ((ours - theirs).abs().max() / theirs.abs().max()).item()
    print(f"{'ok  ' if worst <= limit else 'FAIL'} {name}: {worst:.1e} of the largest logit (limit {limit:.0e})")
    return worst <= limit


def ask(program, work, case, given):
    """Runs our program; returns the weights it used and its images and logits."""
    out = work / "ours.safetensors"
    weights = work / "weights.safetensors"
    params = json.dumps({key: case[key] for key in ("stem", "norm") if key in case})
    command = [program, case["type"], params, str(case["size"]), str(case["classes"]), weights, out]
    subprocess.run([str(part) for part in command] + (["given"] if given else []), check=True)
    made = load_file(out)
    return load_file(weights), made["images"], made["logits"]


def check(program, work, torch_only):
    good = True
    for name, case in CASES.items():
        weights, images, logits = ask(program, work, case, given=False)
        if case["type"] == "convnet":
            theirs = convnet_logits(weights, images, 3)
        elif "heads" in case:
            theirs = vit_logits(weights, images, case["heads"], 16)
        else:
            theirs = resnet_logits(weights, images, case["stem"], case["blocks"], case["bottleneck"])
        good &= difference(f"{name}, our file in torch", logits, theirs, 1e-5)
        if torch_only or case["type"] == "convnet":
            continue
        good &= check_peer(program, work, name, case, timm_network(case) if "heads" in case else torchvision_network(case))
    return good


def check_peer(program, work, name, case, net):
    """The peer's weights in our network: the same logits, and no tensor is left over on either side."""
    net.eval()
    unsettle(net.state_dict())
    save_file(net.state_dict(), work / "weights.safetensors")
    _, images, logits = ask(program, work, case, given=True)
    with torch.no_grad():
        return difference(f"{name}, the peer's weights in ours", logits, net(images), 1e-4)


def check_students(program, work, torch_only):
    try:
        import_torchvision()
    except ImportError:
        print("skip students: there is no torchvision")
        return True
    good = True
    for name, case in STUDENTS.items():
        if torch_only and case.get("large"):
            continue
        weights, images, logits = ask(program, work, case, given=False)
        net = torchvision_network(case).eval()
        net.load_state_dict(weights)
        with torch.no_grad():
            good &= difference(f"{name}, our file in torchvision", logits, net(images), 1e-4)
        good &= check_peer(program, work, name, case, net)
    return good


def write_lists(folder):
    cases = [("resnet18_small_100", CASES["resnet18_small"], 100), ("resnet18", CASES["resnet18"], 1000),
             ("resnet50", CASES["resnet50"], 1000), *((name, case, 1000) for name, case in STUDENTS.items())]
    for name, case, classes in cases:
        with torch.device("meta"):
            state = torchvision_network({**case, "classes": classes}).state_dict()
        lines = [" ".join([key, *map(str, value.shape)]) for key, value in state.items()]
        (folder / f"{name}.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", type=pathlib.Path)
    parser.add_argument("--program")
    parser.add_argument("--work", type=pathlib.Path)
    parser.add_argument("--torch-only", action="store_true")
    options = parser.parse_args()
    torch.manual_seed(0)
    if options.list:
        write_lists(options.list)
    elif not all([check(options.program, options.work, options.torch_only),
                  check_students(options.program, options.work, options.torch_only)]):
        sys.exit(1)
