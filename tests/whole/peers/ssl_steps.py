#!/usr/bin/env python3
"""Three optimisation steps of each self-supervised method in plain PyTorch, from the middle of a schedule.

    ssl_steps.py FOLDER     (needs torch, safetensors)

Written from the papers and the authors' step order, sharing nothing with the C++ methods but names of tensors. Double
precision; SGD with momentum 0.9 and weight decay 0.1, cosine rate, a momentum network that starts at 0.9. Writes the views,
and for each case the state before, the state after (one flat tensor, in the order of names) and the losses; and
for each of some mistakes made on purpose, the tensor that then ends farthest from where it should, measured by how far it
moved. tests/plugins/ssl_method/steps_test.cpp must agree with the first and disagree with every mistake.
"""
import math
import pathlib
import sys

import torch
from safetensors.torch import save_file

from plain.agreement import BarlowTwins, Byol, SimSiam, VicReg
from plain.clusters import Dino, DinoFrozen, Swav, SwavFrozen
from plain.contrast import MocoV2, MocoV2Symmetric, MocoV3, SimClr, SimClrJoint
from plain.parts import BATCH, EPOCH, EPOCHS, RATE, STEPS

torch.set_num_threads(1)
torch.manual_seed(0)
VIEWS = [[torch.randn(BATCH, 3, side, side) for side in (5, 5, 3, 3)] for _ in range(3)]
CASES = {"simsiam": SimSiam, "byol": Byol, "moco_v2": MocoV2, "moco_v2_symmetric": MocoV2Symmetric, "moco_v3": MocoV3,
         "simclr": SimClr, "simclr_joint": SimClrJoint, "barlow_twins": BarlowTwins, "vicreg": VicReg, "swav": Swav,
         "swav_frozen": SwavFrozen, "dino": Dino, "dino_frozen": DinoFrozen}
CROPS = {"swav": 4, "swav_frozen": 4, "dino": 4, "dino_frozen": 4}


def state_of(method):
    return {name.replace("momentum_.", "momentum."): value.detach().clone() for name, value in method.state_dict().items()}


def run(case, wrong=()):
    """State before, state after three steps, losses."""
    torch.manual_seed(1)
    method = CASES[case](wrong)
    with torch.no_grad():  # BatchNorm's parameters are not where they start
        for parameter in method.parameters():
            if parameter.dim() == 1:
                parameter.add_(0.1 * torch.randn_like(parameter))
    method.double()
    before = state_of(method)
    decay = 0 if "no_decay" in wrong else 0.1
    optimizer = torch.optim.SGD(method.groups(), lr=RATE, momentum=0.9, weight_decay=decay)
    losses = []
    for step in range(1, 4):
        method.progress = (EPOCH * STEPS + step) / (EPOCHS * STEPS)
        for group in optimizer.param_groups:
            group["lr"] = RATE if group.get("fixed") else RATE * (1 + math.cos(math.pi * method.progress)) / 2
        optimizer.zero_grad()
        loss = method.loss([view.double() for view in VIEWS[step - 1][:CROPS.get(case, 2)]])
        loss.backward()
        method.after_backward()
        optimizer.step()
        method.after_step()
        losses.append(loss.item())
    return before, state_of(method), torch.tensor(losses, dtype=torch.float64)


def farthest(before, right, wrong):
    """Name of the tensor that the mistake moved most away, relative to its own way; one that should not move comes first."""
    def error(name):
        way = (right[name] - before[name]).abs().max().item()
        off = (wrong[name] - right[name]).abs().max().item()
        return off / way if way > 1e-9 else math.inf if off > 1e-9 else 0  # as in steps_test.cpp
    changed = [name for name in right if right[name].is_floating_point()]
    return max(changed, key=error)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(exist_ok=True)
    save_file({f"{step}.{i}": view for step, views in enumerate(VIEWS) for i, view in enumerate(views)},
              folder / "views.safetensors")
    for case, method in CASES.items():
        before, after, losses = run(case)
        out = {"losses": losses}
        # Initial values are float32 numbers.
        out.update({"before." + name: value.float() if value.is_floating_point() else value for name, value in before.items()})
        out["after"] = torch.cat([after[name].reshape(-1).float() for name in sorted(after)])
        for mistake in method.mistakes:
            wrong = run(case, (mistake,))[1]
            name = farthest(before, after, wrong)
            out[f"{mistake}!{name}"] = wrong[name].float()
        save_file({key: value.contiguous() for key, value in out.items()}, folder / (case + ".safetensors"))


main()
