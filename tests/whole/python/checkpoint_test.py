"""Files of other programs, made here with PyTorch under the official names and wrappers, become networks whose features are
theirs; files that are cut off, hostile or of another network are refused; what we write, PyTorch reads."""
import argparse
import collections
import json
import os
import pathlib
import pickle
import subprocess
import sys
import tarfile
import tempfile

from common import SOURCE, Artifact, command, keys_of, need, need_plugins, run_graph, tool

torch, files = need("torch", "safetensors.torch")
need_plugins("import.checkpoint", "export.checkpoint", "resnet18", "resnet50", "vit_tiny")
program = tool("RETORT_NETWORK_LOGITS")
sys.path.insert(0, str(SOURCE / "tests" / "whole" / "peers"))
from networks import import_torchvision, unsettle, vit_logits  # noqa: E402

try:
    models = import_torchvision().models
except ImportError:
    from common import skip

    skip("there is no torchvision")
SIZE = 64
folder = pathlib.Path(tempfile.mkdtemp(prefix="retort_checkpoint_"))
torch.manual_seed(0)


def resnet(kind, classes=10):
    net = getattr(models, kind)(num_classes=classes).eval()
    unsettle(net.state_dict())
    return net


def under(prefix, net, drop=("fc.",)):
    return {prefix + name: value for name, value in net.state_dict().items() if not name.startswith(drop)}


def numbered(prefix, net, numbers=(0, 1, 4, 5, 6, 7)):
    """As torch.nn.Sequential(*net.children()) calls them; lightly's own ResNet has no pooling between."""
    parts = dict(zip(("conv1", "bn1", "layer1", "layer2", "layer3", "layer4"), numbers))
    return {f"{prefix}{parts[name.split('.')[0]]}.{name.split('.', 1)[1]}": value
            for name, value in net.state_dict().items() if not name.startswith("fc.")}


def linear(prefix, out, inputs):
    return {prefix + "weight": torch.randn(out, inputs), prefix + "bias": torch.randn(out)}


def vit_state(dim=192, depth=12, patch=16, size=SIZE):
    state = {"cls_token": torch.randn(1, 1, dim), "pos_embed": torch.randn(1, 1 + (size // patch) ** 2, dim) * 0.1,
             "patch_embed.proj.weight": torch.randn(dim, 3, patch, patch) * 0.02, "patch_embed.proj.bias": torch.randn(dim)}
    for i in range(depth):
        for name, out, inputs in (("attn.qkv", 3 * dim, dim), ("attn.proj", dim, dim), ("mlp.fc1", 4 * dim, dim),
                                  ("mlp.fc2", dim, 4 * dim)):
            state[f"blocks.{i}.{name}.weight"] = torch.randn(out, inputs) * 0.05
            state[f"blocks.{i}.{name}.bias"] = torch.randn(out) * 0.1
        for name in ("norm1", "norm2"):
            state[f"blocks.{i}.{name}.weight"], state[f"blocks.{i}.{name}.bias"] = torch.rand(dim) + 0.5, torch.randn(dim)
    state["norm.weight"], state["norm.bias"] = torch.rand(dim) + 0.5, torch.randn(dim)
    return state


def optimizer_of(net):
    optimizer = torch.optim.AdamW(net.parameters())
    (net(torch.randn(2, 3, SIZE, SIZE)).sum()).backward()
    optimizer.step()
    return optimizer.state_dict()


def one_storage(state):
    """The same tensors as views of one buffer, and transposed ones as such."""
    flat = torch.cat([value.flatten() for value in state.values() if value.is_floating_point()])
    made, at = collections.OrderedDict(), 0
    for name, value in state.items():
        if value.is_floating_point():
            made[name] = flat[at:at + value.numel()].view(value.shape)
            at += value.numel()
        else:
            made[name] = value
    made["fc.weight"] = made["fc.weight"].t().contiguous().t()
    return made


small, online, average = resnet("resnet18"), resnet("resnet18"), resnet("resnet18")
large = resnet("resnet50")
transformer = vit_state()
legacy = {"_use_new_zipfile_serialization": False}
r18, r50 = {"type": "resnet18", "stem": "imagenet"}, {"type": "resnet50", "stem": "imagenet"}

# name: (file, what torch.save gets, its options, the network's component, more parameters, the network it must equal)
CASES = {
    "torchvision18": ("a.pth", small.state_dict(), {}, r18, {}, small),
    "torchvision50": ("b.pth.tar", {"epoch": 90, "arch": "resnet50", "best_acc1": torch.tensor(76.1),
                                    "state_dict": {"module." + k: v for k, v in large.state_dict().items()}},
                      legacy, r50, {}, large),
    "one_storage": ("c.pth", one_storage(small.state_dict()), {}, r18, {}, small),
    "moco": ("d.pth.tar", {"epoch": 200, "arch": "resnet18", "optimizer": optimizer_of(resnet("resnet18")), "state_dict": {
        **under("module.encoder_q.", online), **linear("module.encoder_q.fc.0.", 512, 512),
        **linear("module.encoder_q.fc.2.", 128, 512), **under("module.encoder_k.", average),
        **linear("module.encoder_k.fc.0.", 512, 512), **linear("module.encoder_k.fc.2.", 128, 512),
        "module.queue": torch.randn(128, 64), "module.queue_ptr": torch.zeros(1, dtype=torch.long)}}, legacy, r18, {}, online),
    "moco_momentum": ("d.pth.tar", None, {}, r18, {"which": "momentum"}, average),
    "moco_v3": ("e.pth.tar", {"epoch": 100, "arch": "resnet18", "scaler": {"scale": 1.0}, "state_dict": {
        **under("module.base_encoder.", online), **linear("module.base_encoder.fc.0.", 64, 512),
        **under("module.momentum_encoder.", average), **linear("module.predictor.0.", 64, 64)}}, {}, r18, {}, online),
    "swav": ("f.pth.tar", {**under("module.", online), **linear("module.projection_head.0.", 64, 512),
                           **linear("module.projection_head.3.", 16, 64), "module.prototypes.weight": torch.randn(30, 16)},
             legacy, r18, {}, online),
    "swav_training": ("g.pth.tar", {"epoch": 3, "state_dict": {**under("module.", online), "module.prototypes.weight":
                      torch.randn(30, 16), **linear("module.projection_head.0.", 64, 512)}}, {}, r18, {}, online),
    "dino": ("h.pth", {"student": {**under("module.backbone.", online), **linear("module.head.mlp.0.", 64, 512)},
                       "teacher": {**under("module.backbone.", average), **linear("module.head.mlp.0.", 64, 512)},
                       "optimizer": optimizer_of(resnet("resnet18")), "epoch": 7, "args": argparse.Namespace(arch="resnet18"),
                       "dino_loss": {"center": torch.zeros(1, 30)}}, {}, r18, {}, average),
    "dino_student": ("h.pth", None, {}, r18, {"which": "live"}, online),
    "dino_vit": ("i.pth", transformer, {}, {"type": "vit_tiny"}, {}, transformer),
    "barlow_twins": ("j.pth", {"epoch": 2, "model": {**under("module.backbone.", online), "module.projector.0.weight":
                     torch.randn(8, 512), "module.bn.running_mean": torch.zeros(8)}}, {}, r18, {}, online),
    "solo": ("k.ckpt", {"epoch": 5, "pytorch-lightning_version": "2.1", "hyper_parameters": argparse.Namespace(lr=0.3),
                        "state_dict": {**under("backbone.", online), **under("momentum_backbone.", average),
                                       **linear("classifier.", 10, 512), "projector.0.weight": torch.randn(8, 512)}},
             {}, r18, {}, online),
    "lightly": ("n.ckpt", {"epoch": 5, "hyper_parameters": argparse.Namespace(lr=0.3), "state_dict": {
        **numbered("backbone.", online), **numbered("backbone_momentum.", average), **linear("projection_head.layers.0.", 8, 512)}},
                {}, r18, {}, online),
    "lightly_momentum": ("n.ckpt", None, {}, r18, {"which": "momentum"}, average),
    "lightly_own_resnet": ("o.ckpt", {"state_dict": {
        k.replace("downsample", "shortcut"): v for k, v in numbered("student_backbone.", online, (0, 1, 2, 3, 4, 5)).items()}},
                           {}, r18, {}, online),
    "simsiam": ("l.pth.tar", {"state_dict": {**under("module.encoder.", online), **linear("module.encoder.fc.0.", 512, 512),
                              **linear("module.predictor.0.", 64, 64)}}, {}, r18, {}, online),
    "compiled": ("p.pth", {"_orig_mod." + k: v for k, v in small.state_dict().items()}, {}, r18, {}, small),
    "compiled_moco": ("q.pth", {"state_dict": under("module._orig_mod.encoder_q.", online)}, {}, r18, {}, online),
    "wrapped_average": ("r.pth", {"state_dict": online.state_dict(),
                                  "state_dict_ema": {"module." + k: v for k, v in average.state_dict().items()}},
                        {}, r18, {"which": "momentum"}, average),
    "own_prefix": ("s.pth", {"net": {**under("trunk.body.", online), "trunk.head.weight": torch.randn(3, 512)}}, {}, r18,
                   {"prefix": "trunk.body."}, online),
    "own_prefix_with_path": ("s.pth", None, {}, r18, {"prefix": "net.trunk.body."}, online),
    "timm": ("m.safetensors", {k: v.contiguous() for k, v in small.state_dict().items()}, None, r18, {}, small),
}
LAYOUT = {"torchvision18": "torchvision", "torchvision50": "torchvision", "one_storage": "torchvision", "moco_momentum": "moco",
          "swav_training": "swav", "dino_student": "dino", "dino_vit": "timm", "solo": "solo-learn", "timm": "torchvision",
          "compiled": "torchvision", "compiled_moco": "moco", "wrapped_average": "timm", "own_prefix": "prefix",
          "own_prefix_with_path": "prefix", "lightly_momentum": "lightly", "lightly_own_resnet": "lightly"}


def check_imports():
    nodes = {}
    for name, (file, saved, options, network, more, _) in CASES.items():
        if saved is not None:
            if options is None:
                files.save_file(saved, folder / file)
            else:
                torch.save(saved, folder / file, **options)
        nodes[name] = {"type": "import.checkpoint", "params": {"file": str(folder / file), "network": network,
                                                               "image_size": SIZE, **more}}
    for name in ("torchvision18", "torchvision50"):
        for kind in ("pt", "safetensors"):
            nodes[f"{name}_{kind}"] = {"type": "export.checkpoint", "inputs": {"network": name + ".classifier"},
                                       "params": {"format": kind}}
    run_graph(folder, nodes)
    names = keys_of(folder / "store")
    return {name: record(names[name]) for name in nodes}


def record(key):
    path = folder / "store" / "results" / key[:2] / key
    outputs = json.loads(path.read_text().split("\n", 1)[0])["outputs"]
    return {port: Artifact(folder / "store", output) for port, output in outputs.items()}


def forward(network, outputs, classes):
    """What our network computes with these weights: images, features, logits."""
    place = outputs.unpack(folder / "weights")
    params = {key: value for key, value in network.items() if key != "type"}
    out = folder / "computed.safetensors"
    subprocess.run([program, network["type"], json.dumps(params), str(SIZE), str(classes), str(place / "weights.safetensors"),
                    str(out), "given"], check=True)
    return files.load_file(out)


def features_of(net, images):
    body = torch.nn.Sequential(*list(net.children())[:-1])
    return body(images).flatten(1)


def check_features(records):
    for name, (_, _, _, network, _, expected) in CASES.items():
        outputs = records[name]
        assert outputs["encoder"].meta["trained"]["layout"] == LAYOUT.get(name, name), (name, outputs["encoder"].meta)
        vit = isinstance(expected, dict)
        headed = name in ("torchvision18", "torchvision50", "one_storage", "timm", "compiled", "wrapped_average")
        made = forward(network, outputs["classifier" if headed else "encoder"], 10 if headed else 0)
        with torch.no_grad():
            theirs = vit_logits(expected, made["images"], heads=3, patch=16) if vit else features_of(expected, made["images"])
            worst = ((made["features"] - theirs).abs().max() / theirs.abs().max()).item()
            if headed:
                logits = expected(made["images"])
                worst = max(worst, ((made["logits"] - logits).abs().max() / logits.abs().max()).item())
        print(f"{name}: {worst:.1e}")
        assert worst <= 1e-4, name
        if not headed:
            assert "absent" in outputs["classifier"].meta, name
    report = json.loads(records["moco"]["report"].read("report.json"))
    assert "module.queue" in report["left_out"] and "module.encoder_q.fc.0.weight" in report["left_out"], report
    assert records["swav"]["encoder"].meta["normalization"]["std"][0] == 0.228
    assert records["moco"]["encoder"].meta["normalization"]["std"][0] == 0.229


def check_exports(records):
    for name, net in (("torchvision18", small), ("torchvision50", large)):
        pt = records[name + "_pt"]["file"].unpack(folder / "exported") / "model.pt"
        plain = records[name + "_safetensors"]["file"].unpack(folder / "exported") / "model.safetensors"
        for state in (torch.load(pt, weights_only=True), files.load_file(plain)):
            assert set(state) == set(net.state_dict())
            for key, value in net.state_dict().items():
                assert torch.equal(state[key], value), key
            getattr(models, name.replace("torchvision", "resnet"))(num_classes=10).load_state_dict(state)


class Hostile:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, (f"touch {self.marker}",)


def check_refusals():
    marker = folder / "executed"
    state = small.state_dict()
    torch.save({"state_dict": state, "more": Hostile(marker)}, folder / "hostile.pth")
    torch.save({"state_dict": state, "more": Hostile(marker)}, folder / "hostile_old.pth", **legacy)
    (folder / "hostile.pkl").write_bytes(pickle.dumps(Hostile(marker), protocol=4))
    cut = {}
    for name in ("a.pth", "d.pth.tar", "m.safetensors"):
        whole = (folder / name).read_bytes()
        (folder / ("cut_" + name)).write_bytes(whole[:len(whole) * 2 // 3])
        cut[name] = len(whole) * 2 // 3
    torch.save({"something": 3}, folder / "nothing.pth")
    (folder / "page.pth").write_text("<!DOCTYPE html><title>Sign in</title>")
    (folder / "pointer.pth").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 46827520\n")
    with tarfile.open(folder / "packed.tar.gz", "w:gz") as packed:
        packed.add(folder / "a.pth", "a.pth")
    with tarfile.open(folder / "packed.pth.tar", "w") as packed:
        packed.add(folder / "a.pth", "a.pth")
    (folder / "empty.pth").write_bytes(b"")
    torch.save({key: value for key, value in state.items() if key != "layer3.0.conv2.weight"}, folder / "missing.pth")
    torch.save({**state, "extra.weight": torch.zeros(3)}, folder / "extra.pth")
    file = lambda name, network=r18, **more: {"type": "import.checkpoint", "params": {  # noqa: E731
        "file": str(folder / name), "network": network, "image_size": SIZE, **more}}
    refused = {
        "hostile": (file("hostile.pth"), [f'{folder}/hostile.pth: its pickle names "posix.system", which is no part of a state '
                                          "dictionary; nothing of the file was executed, and nothing of it is read"]),
        "hostile_old": (file("hostile_old.pth"), ['its pickle names "posix.system"']),
        "hostile_pkl": (file("hostile.pkl"), ['hostile.pkl: its pickle names "posix.system"']),
        "cut_zip": (file("cut_a.pth"), [f'{folder}/cut_a.pth is cut off: tensor "layer4.',
                                        f"the file has {cut['a.pth']}"]),
        "cut_stream": (file("cut_d.pth.tar"), [f'{folder}/cut_d.pth.tar is cut off: tensor "', f"the file has {cut['d.pth.tar']}"]),
        "cut_safetensors": (file("cut_m.safetensors"), ['cut_m.safetensors: tensor "', "the file holds"]),
        "other": (file("b.pth.tar"), ["b.pth.tar does not fit the network resnet18:", "of another shape",
                                      'the file holds a resnet50: "network": {"stem":"imagenet","type":"resnet50"}']),
        "other_size": (file("i.pth", {"type": "vit_tiny"}, image_size=32), [
            '"pos_embed" has shape [1, 17, 192], the network has [1, 5, 192]', '"image_size": 64']),
        "nothing": (file("nothing.pth"), ["nothing.pth: no network of a layout that is known here; it holds no tensor under a name"]),
        "prefix": (file("s.pth", prefix="trunk.bdy."), ['no network begins under "prefix": "trunk.bdy."', 'there are: "net.trunk.body."']),
        "no_layout": (file("s.pth"), ['a network begins under "prefix": "net.trunk.body."']),
        "page": (file("page.pth"), [f"{folder}/page.pth holds no weights: it is an HTML page; "]),
        "pointer": (file("pointer.pth"), ["pointer.pth holds no weights: it is a pointer of Git LFS, not the file itself; get the file with `git lfs pull`"]),
        "packed": (file("packed.tar.gz"), ["packed.tar.gz holds no weights: it is compressed with gzip; unpack it first"]),
        "packed_tar": (file("packed.pth.tar"), ["packed.pth.tar holds no weights: it is a tar archive; unpack it first"]),
        "empty": (file("empty.pth"), ["empty.pth holds no weights: it is empty"]),
        "missing": (file("missing.pth"), ['missing (1): "layer3.0.conv2.weight"']),
        "extra": (file("extra.pth"), ['unknown to the network (1): "extra.weight"']),
        "classes": (file("a.pth", classes=["x"]), ['"classes" has 1 names, the head of a.pth has 10 classes']),
    }
    graph = folder / "refused.json"
    nodes = {name: node for name, (node, _) in refused.items()}
    nodes["headless"] = {"type": "export.checkpoint", "inputs": {"network": "moco.classifier"}}
    nodes["moco"] = file("d.pth.tar")
    nodes["tolerated"] = file("extra.pth", unexpected="ignore")
    graph.write_text(json.dumps({"retort": 1, "title": "test", "nodes": nodes}))
    done = subprocess.run([command(), "run", str(graph), "--plain", "--store", str(folder / "store")], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=250)
    assert done.returncode == 1, done.stdout
    runs = sorted((folder / "store" / "runs").iterdir())
    told = {}
    for line in (runs[-1] / "events.jsonl").read_text().splitlines():
        event = json.loads(line)
        if event["ev"] == "node" and event.get("status") == "failed":
            told[event["node"]] = event["text"]
    for name, (_, texts) in refused.items():
        for text in texts:
            assert text in told.get(name, "accepted"), f"{name}: {told.get(name, 'accepted')}\nlacks: {text}"
    assert told["headless"] == ("d.pth.tar holds no classifier: link the output \"encoder\", and put a head on it with "
                                "probe.linear"), told["headless"]
    assert "tolerated" not in told and "moco" not in told, told
    assert not marker.exists(), "the pickle was executed"


made = check_imports()
check_features(made)
check_exports(made)
check_refusals()
