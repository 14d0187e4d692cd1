"""Training steps of MoCo v2 and SwAV against lightly's building blocks doing the same, taking turns on one machine.

  ssl_steps.py PROGRAM [--threads N …] [--rounds N] [--width N …] [--clock wall|cpu]

lightly's half follows its own examples: MoCoProjectionHead, update_momentum and NTXentLoss with a memory bank of 4096 keys;
SwaVProjectionHead, SwaVPrototypes and SwaVLoss with two crops of 32 pixels and four of 16. Both halves take steps on fixed views:
networks, losses, momentum and SGD are what is compared. Prints medians of seconds a step and the ratio ours / lightly; the exit
code is 1 if a ratio is above 1.05.
"""
import argparse
import copy
import pathlib
import statistics
import subprocess
import sys
import time

import torch

from steps import ResNet18, timed

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "peers"))
from networks import import_torchvision  # noqa: E402

import_torchvision()  # as lightly does, but beside a CPU torch too
from lightly.loss import NTXentLoss, SwaVLoss  # noqa: E402
from lightly.models.modules import MoCoProjectionHead, SwaVProjectionHead, SwaVPrototypes  # noqa: E402
from lightly.models.utils import deactivate_requires_grad, update_momentum  # noqa: E402


def backbone_of(width):
    net = ResNet18(width)
    net.fc = torch.nn.Identity()
    return net.train()


def moco_step(width, batch):
    online = torch.nn.Sequential(backbone_of(width), MoCoProjectionHead(8 * width, 8 * width, 128))
    keys = copy.deepcopy(online)
    deactivate_requires_grad(keys)
    criterion = NTXentLoss(temperature=0.1, memory_bank_size=(4096, 128))
    sgd = torch.optim.SGD(online.parameters(), lr=0.06, momentum=0.9, weight_decay=5e-4)
    a, b = torch.randn(batch, 3, 32, 32), torch.randn(batch, 3, 32, 32)

    def step():
        update_momentum(online, keys, m=0.99)
        with torch.no_grad():
            k = keys(b)
        criterion(online(a), k).backward()
        sgd.step()
        sgd.zero_grad()

    return step


def swav_step(width, batch):
    net, head = backbone_of(width), SwaVProjectionHead(8 * width, 512, 128)
    prototypes, criterion = SwaVPrototypes(128, n_prototypes=512), SwaVLoss()
    parameters = [*net.parameters(), *head.parameters(), *prototypes.parameters()]
    sgd = torch.optim.SGD(parameters, lr=0.06, momentum=0.9, weight_decay=5e-4)
    crops = [torch.randn(batch, 3, side, side) for side in (32, 32, 16, 16, 16, 16)]

    def step():
        prototypes.normalize()
        scores = [prototypes(torch.nn.functional.normalize(head(net(crop)), dim=1)) for crop in crops]
        criterion(scores[:2], scores[2:]).backward()
        sgd.step()
        sgd.zero_grad()

    return step


def compare(program, name, width, threads, rounds, clock):
    batch = 128
    theirs_step = (moco_step if name == "moco_v2" else swav_step)(width, batch)
    process = subprocess.Popen([program, name, str(width), str(batch), str(threads), clock], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    now = time.perf_counter if clock == "wall" else time.process_time

    def ours_steps(count):
        process.stdin.write(f"{count}\n")
        process.stdin.flush()
        return [float(part) for part in process.stdout.readline().split()]

    ours_steps(1), timed(theirs_step, 1)
    ours, theirs = [], []
    for _ in range(rounds):
        ours += ours_steps(3)
        theirs += timed(theirs_step, 3, now)
    process.stdin.close()
    process.wait()
    a, b = statistics.median(ours), statistics.median(theirs)
    print(f"{name:8} width {width:3} batch {batch} threads {threads} {clock}: ours {a * 1e3:8.1f} ms, lightly {b * 1e3:8.1f} ms, "
          f"ratio {a / b:.2f} (best {min(ours) / min(theirs):.2f})", flush=True)
    return a / b


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--threads", type=int, nargs="+", default=[1])
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--width", type=int, nargs="+", default=[16])
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall")
    options = parser.parse_args()
    torch.manual_seed(0)
    worst = 0
    for threads in options.threads:
        torch.set_num_threads(threads)
        for name in ("moco_v2", "swav"):
            for width in options.width:
                worst = max(worst, compare(options.program, name, width, threads, options.rounds, options.clock))
    sys.exit(1 if worst > 1.05 else 0)
