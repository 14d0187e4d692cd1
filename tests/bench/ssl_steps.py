"""Training steps of MoCo v2 and SwAV against lightly's building blocks doing the same, taking turns on one machine.

  ssl_steps.py PROGRAM [--threads N …] [--rounds N] [--width N …] [--clock wall|cpu] [--device cpu|cuda]

lightly's half follows its own examples: MoCoProjectionHead, update_momentum and NTXentLoss with a memory bank of 4096 keys;
SwaVProjectionHead, SwaVPrototypes and SwaVLoss with two crops of 32 pixels and four of 16. Both halves take steps on fixed views:
networks, losses, momentum and SGD are what is compared. Prints medians of seconds a step and the ratio ours / lightly; the exit
code is 1 if a ratio is above 1.05.
"""
import copy
import pathlib
import sys

import torch

from steps import ResNet18
from turns import arguments, compare

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "whole" / "peers"))
from networks import import_torchvision  # noqa: E402

import_torchvision()  # as lightly does, but beside a CPU torch too
from lightly.loss import NTXentLoss, SwaVLoss  # noqa: E402
from lightly.models.modules import MoCoProjectionHead, SwaVProjectionHead, SwaVPrototypes  # noqa: E402
from lightly.models.utils import deactivate_requires_grad, update_momentum  # noqa: E402


def backbone_of(width):
    net = ResNet18(width)
    net.fc = torch.nn.Identity()
    return net.train()


def moco_step(width, batch, device):
    online = torch.nn.Sequential(backbone_of(width), MoCoProjectionHead(8 * width, 8 * width, 128)).to(device)
    keys = copy.deepcopy(online)
    deactivate_requires_grad(keys)
    criterion = NTXentLoss(temperature=0.1, memory_bank_size=(4096, 128)).to(device)
    sgd = torch.optim.SGD(online.parameters(), lr=0.06, momentum=0.9, weight_decay=5e-4)
    a, b = (torch.randn(batch, 3, 32, 32, device=device) for _ in range(2))

    def step():
        update_momentum(online, keys, m=0.99)
        with torch.no_grad():
            k = keys(b)
        criterion(online(a), k).backward()
        sgd.step()
        sgd.zero_grad()

    return step


def swav_step(width, batch, device):
    net, head = backbone_of(width).to(device), SwaVProjectionHead(8 * width, 512, 128).to(device)
    prototypes, criterion = SwaVPrototypes(128, n_prototypes=512).to(device), SwaVLoss()
    parameters = [*net.parameters(), *head.parameters(), *prototypes.parameters()]
    sgd = torch.optim.SGD(parameters, lr=0.06, momentum=0.9, weight_decay=5e-4)
    crops = [torch.randn(batch, 3, side, side, device=device) for side in (32, 32, 16, 16, 16, 16)]

    def step():
        prototypes.normalize()
        scores = [prototypes(torch.nn.functional.normalize(head(net(crop)), dim=1)) for crop in crops]
        criterion(scores[:2], scores[2:]).backward()
        sgd.step()
        sgd.zero_grad()

    return step


BATCH = 128

if __name__ == "__main__":
    options = arguments(__doc__, threads=[1], rounds=4).parse_args()
    torch.manual_seed(0)
    worst = 0
    for threads in options.threads:
        torch.set_num_threads(threads)
        for name, step_of in (("moco_v2", moco_step), ("swav", swav_step)):
            for width in options.width or [16]:
                worst = max(worst, compare(options, "lightly", name, width, BATCH, threads, step_of(width, BATCH, options.device), 3))
    sys.exit(1 if worst > 1.05 else 0)
