"""Whole self-supervised trainings with augmentation: lightly's building blocks and torchvision's transforms against
graphs/ssl/cifar100_cpu.json, at the same settings and epochs, on the same classes. Prints nearest neighbours of test images and
seconds of processor time, seed by seed; the exit code is 1 if the means are more than 1.5 points apart, or ours took longer.

  ssl_training.py --retort BIN --data FOLDER --work FOLDER [--methods moco_v2 simclr] [--seeds 0 1 2] [--epochs 30]

The loops follow lightly's own examples: MoCo v2 with a memory bank and update_momentum, SimCLR with NTXentLoss. What differs:
random numbers, torchvision's jitter and crops, and which 20 images of a class are set aside."""
import argparse
import copy
import json
import math
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

import numpy
import torch
from torch import nn

from networks import import_torchvision

import_torchvision()  # as lightly does, but beside a CPU torch too
import torchvision.transforms as T  # noqa: E402
from lightly.loss import NTXentLoss  # noqa: E402
from lightly.models.modules import SimCLRProjectionHead  # noqa: E402
from lightly.models.utils import deactivate_requires_grad, update_momentum  # noqa: E402

GRAPH = pathlib.Path(__file__).resolve().parents[3] / "graphs" / "ssl" / "cifar100_cpu.json"
LABELS = {"moco_v2": "MoCo v2", "simclr": "SimCLR"}
CLASSES, KEPT, BATCH, LR, WIDTH, QUEUE = 10, 480, 64, 0.06, 16, 2048
MEAN, STD = (0.5071, 0.4866, 0.4409), (0.2673, 0.2564, 0.2762)
CLEAN = T.Normalize(MEAN, STD)
VIEW = T.Compose([T.RandomResizedCrop(32, scale=(0.2, 1)), T.RandomHorizontalFlip(),
                  T.RandomApply([T.ColorJitter(0.4, 0.4, 0.4, 0.1)], 0.8), T.RandomGrayscale(0.2), CLEAN])


def read(file, most):
    """Images [N,3,32,32] in 0 … 1 of the first classes, at most so many of each, and their labels."""
    rows = numpy.fromfile(file, numpy.uint8).reshape(-1, 3074)
    chosen = numpy.concatenate([numpy.flatnonzero(rows[:, 1] == label)[:most] for label in range(CLASSES)])
    return torch.from_numpy(rows[chosen, 2:]).view(-1, 3, 32, 32) / 255, torch.from_numpy(rows[chosen, 1]).long()


def backbone():
    layers, channels = [], 3
    for _ in range(4):
        layers += [nn.Conv2d(channels, WIDTH, 3, padding=1), nn.BatchNorm2d(WIDTH), nn.ReLU(), nn.AvgPool2d(2)]
        channels = WIDTH
    return nn.Sequential(*layers, nn.Flatten())


def moco_v2(net):
    online = nn.Sequential(net, nn.Linear(4 * WIDTH, 128))
    keys = copy.deepcopy(online)
    deactivate_requires_grad(keys)
    criterion = NTXentLoss(temperature=0.1, memory_bank_size=(QUEUE, 128))

    def loss(a, b):
        update_momentum(online, keys, m=0.99)
        with torch.no_grad():
            k = keys(b)
        return criterion(online(a), k)

    return online, loss


def simclr(net):
    online = nn.Sequential(net, SimCLRProjectionHead(4 * WIDTH, 512, 128, batch_norm=False))
    criterion = NTXentLoss(temperature=0.2)
    return online, lambda a, b: criterion(online(a), online(b))


def train(method, images, epochs, seed):
    torch.manual_seed(seed)
    net = backbone()
    online, loss = {"moco_v2": moco_v2, "simclr": simclr}[method](net)
    sgd = torch.optim.SGD(online.parameters(), lr=LR, momentum=0.9, weight_decay=5e-4)
    for epoch in range(epochs):
        for group in sgd.param_groups:
            group["lr"] = LR * (1 + math.cos(math.pi * epoch / epochs)) / 2
        order = torch.randperm(len(images))
        for step in range(len(images) // BATCH):
            batch = images[order[step * BATCH:(step + 1) * BATCH]]
            views = [torch.stack([VIEW(image) for image in batch]) for _ in range(2)]
            sgd.zero_grad()
            loss(*views).backward()
            sgd.step()
    return net.eval()


@torch.no_grad()
def neighbours(net, known, labels, asked, right):
    known, asked = (nn.functional.normalize(net(CLEAN(images)), dim=1) for images in (known, asked))
    cosines, nearest = (asked @ known.t()).topk(200)
    votes = torch.zeros(len(asked), CLASSES).scatter_add_(1, labels[nearest], (cosines / 0.1).exp())
    return 100 * (votes.argmax(1) == right).float().mean().item()


def ours(options, method, seed):
    """Neighbours, and processor time of the encoder alone."""
    env = dict(os.environ, RETORT_DATA=str(options.data), RETORT_STORE=str(options.work / "store"))
    common = [str(GRAPH), "--set", f"encoder.epochs={options.epochs}"]

    def run(until):
        subprocess.run([options.retort, "run", *common, "--only", f"method={LABELS[method]},seed={seed}", "--until", until, "--plain"],
                       env=env, check=True, stdout=subprocess.DEVNULL)

    run("data")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run("encoder")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    run("neighbours")
    table = subprocess.run([options.retort, "table", *common, "--json"], env=env, check=True, text=True, stdout=subprocess.PIPE).stdout
    row = next(row for row in json.loads(table)[0]["rows"] if row["label"]["method"] == LABELS[method])
    found = next(each["value"] for each in row["cells"]["accuracy"]["results"] if each["replicate"] == str(seed))
    return found, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    words = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    words.add_argument("--retort", required=True)
    words.add_argument("--data", type=pathlib.Path, required=True)
    words.add_argument("--work", type=pathlib.Path, required=True)
    words.add_argument("--methods", nargs="+", choices=list(LABELS), default=list(LABELS))
    words.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    words.add_argument("--epochs", type=int, default=30)
    options = words.parse_args()
    torch.set_num_threads(1)
    images, labels = read(options.data / "cifar-100-binary" / "train.bin", KEPT)
    asked, right = read(options.data / "cifar-100-binary" / "test.bin", 100)
    worse = False
    for method in options.methods:
        both = []
        for seed in options.seeds:
            began = time.process_time()
            net = train(method, images, options.epochs, seed)
            seconds = time.process_time() - began
            both.append((neighbours(net, images, labels, asked, right), seconds, *ours(options, method, seed)))
            print(f"{method} seed {seed}: lightly {both[-1][0]:.1f} in {both[-1][1]:.0f} s, Retort {both[-1][2]:.1f} in {both[-1][3]:.0f} s", flush=True)
        theirs, their_seconds, mine, my_seconds = (statistics.mean(column) for column in zip(*both))
        print(f"{method}: neighbours {mine:.1f} against {theirs:.1f}; processor time {my_seconds / their_seconds:.2f} of lightly's")
        worse |= abs(mine - theirs) > 1.5 or my_seconds > their_seconds
    return int(worse)


if __name__ == "__main__":
    sys.exit(main())
