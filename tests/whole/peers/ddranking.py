"""Our evaluation against the functions of the ddranking package: the same images, exported as tensors, the same recipe, hard labels.

  ddranking.py --retort COMMAND --data FOLDER --work FOLDER [--seeds 5]

The package's evaluator chooses rate and epoch by the test set; that is left out: its `train_one_epoch` trains at a fixed rate, and
its `validate` is asked once, at the end. Images: random real ones, and those of DM, which lie far outside the range of pixels.
"""
import argparse
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys

import torch
from networks import import_torchvision

import_torchvision()  # the package imports it, and cannot beside a CPU torch

from dd_ranking.utils import TensorDataset, get_optimizer, train_one_epoch, validate  # noqa: E402
from dd_ranking.utils.networks import ConvNet  # noqa: E402
from safetensors.torch import load_file  # noqa: E402

CLASSES, PER_CLASS, WIDTH, EPOCHS, BATCH, RATE, MOMENTUM, DECAY = 10, 10, 32, 60, 50, 0.01, 0.9, 5e-4
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)  # of cifar-A


def graph(seeds):
    network = {"type": "convnet", "width": WIDTH}
    return {
        "retort": 1, "threads": 1,
        "nodes": {
            "data": {"type": "dataset.cifar100", "params": {"classes": CLASSES}},
            "random": {"type": "select.random", "inputs": {"data": "data.train"}, "params": {"per_class": PER_CLASS}},
            "dm": {"type": "distill.dm", "inputs": {"data": "data.train"},
                   "params": {"per_class": PER_CLASS, "network": network, "iterations": 40, "lr": 10, "real_batch": 32}},
            "score": {"type": "evaluate.student", "inputs": {"images": "random", "test": "data.test"},
                      "params": {"network": network, "epochs": EPOCHS, "batch": BATCH, "optimizer": "sgd", "lr": RATE,
                                 "momentum": MOMENTUM, "weight_decay": DECAY, "schedule": "constant",
                                 "augment": {"type": "standard", "preset": "none"}, "test_every": 0}}},
        "sweep": {"axes": {"source": {"random": {}, "dm": {"score.inputs.images": "dm"}}},
                  "replicate": {"seed": list(range(seeds)), "nodes": ["score"]}},
        "tables": [{"node": "score", "metrics": ["accuracy_last"], "rows": ["source"], "columns": []}]}


class Retort:
    def __init__(self, command, data, work):
        self.command, self.work = command, work
        self.env = dict(os.environ, RETORT_DATA=str(data), RETORT_STORE=str(work / "store"))

    def __call__(self, *words):
        return subprocess.run([self.command, *map(str, words)], env=self.env, check=True, text=True, stdout=subprocess.PIPE).stdout

    def accuracies(self, file):
        """{source: accuracies over seeds}."""
        self("run", file, "--plain")
        rows = json.loads(self("table", file, "--format", "json"))[0]["rows"]
        return {row["label"]["source"]: row["cells"]["accuracy_last"]["values"] for row in rows}

    def images(self, node):
        """float32 [N,3,32,32] in the student's space, labels."""
        folder = self.work / node
        self("export", node, folder)
        tensors = load_file(next(folder.rglob("images.safetensors")))
        images = tensors["images"]
        return (normalised(images) if images.dtype == torch.uint8 else images), tensors["labels"]


def normalised(pixels):
    mean, std = torch.tensor(MEAN).view(1, 3, 1, 1), torch.tensor(STD).view(1, 3, 1, 1)
    return (pixels.float() / 255 - mean) / std


def test_set(folder):
    """The test images of the first classes, from the binary files themselves."""
    raw = torch.frombuffer(bytearray((folder / "cifar-100-binary" / "test.bin").read_bytes()), dtype=torch.uint8).view(-1, 3074)
    raw = raw[raw[:, 1] < CLASSES]
    return TensorDataset(normalised(raw[:, 2:].reshape(-1, 3, 32, 32)), raw[:, 1].long())


def theirs(images, labels, test, seed):
    torch.manual_seed(seed)
    network = ConvNet(3, CLASSES, WIDTH, 3, "relu", "instancenorm", "avgpooling")
    loader = torch.utils.data.DataLoader(TensorDataset(images, labels), batch_size=BATCH, shuffle=True)
    optimizer = get_optimizer("sgd", network, RATE, DECAY, MOMENTUM)
    for epoch in range(EPOCHS):
        train_one_epoch(epoch, network, loader, torch.nn.CrossEntropyLoss(), optimizer, device="cpu")
    return validate(network, torch.utils.data.DataLoader(test, batch_size=500), device="cpu")["top1"]


def agree(source, ours, peers):
    """Whether the means differ by less than 2.5 standard errors of their difference."""
    error = math.sqrt(statistics.variance(ours) / len(ours) + statistics.variance(peers) / len(peers))
    gap = statistics.mean(ours) - statistics.mean(peers)
    good = abs(gap) <= 2.5 * error
    show = lambda values: f"{statistics.mean(values):.2f} ± {statistics.stdev(values):.2f}"  # noqa: E731
    print(f"{'ok  ' if good else 'FAIL'} {source}: Retort {show(ours)}, ddranking {show(peers)} (n={len(ours)}), "
          f"difference {gap:+.2f}, standard error {error:.2f}")
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--retort", required=True)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    file = options.work / "graph.json"
    file.write_text(json.dumps(graph(options.seeds)))
    retort = Retort(options.retort, options.data, options.work)
    ours, test, good = retort.accuracies(file), test_set(options.data), True
    for source, accuracies in ours.items():
        images, labels = retort.images(source)
        good &= agree(source, accuracies, [theirs(images, labels, test, seed) for seed in range(options.seeds)])
    sys.exit(not good)


if __name__ == "__main__":
    main()
