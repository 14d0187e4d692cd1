#!/usr/bin/env python3
"""Three optimisation steps of each self-supervised method in plain PyTorch, from the middle of a schedule.

    ssl_steps.py FOLDER     (needs torch, safetensors)

Written from the papers and the authors' step order, sharing nothing with the C++ methods but names of tensors. Double
precision; SGD with momentum 0.9 and weight decay 0.1, cosine rate, a momentum network that starts at 0.9. Writes the views,
and for each case the state before, the state after (one flat tensor, in the order of names) and the losses; and
for each of some mistakes made on purpose, the tensor that then ends farthest from where it should, measured by how far it
moved. tests/ssl_method/steps_test.cpp must agree with the first and disagree with every mistake.
"""
import copy
import math
import pathlib
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

BATCH, FEATURES, HIDDEN, DIM, OUTPUTS, QUEUE = 6, 4, 6, 4, 5, 12
EPOCH, EPOCHS, STEPS, RATE = 5, 10, 4, 0.5
torch.set_num_threads(1)
torch.manual_seed(0)
VIEWS = [[torch.randn(BATCH, 3, side, side) for side in (5, 5, 3, 3)] for _ in range(3)]


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, FEATURES, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(FEATURES)

    def forward(self, x):
        return F.relu(self.bn1(self.conv1(x))).mean((2, 3))


class Encoder(nn.Module):
    """Backbone and projector."""

    def __init__(self, *projector):
        super().__init__()
        self.backbone, self.projector = Backbone(), nn.Sequential(*projector)

    def forward(self, x):
        return self.projector(self.backbone(x))

    def together(self, views, wrong):
        """One pass of the backbone a resolution, one of the projector for all."""
        if "pass_per_view" in wrong:
            return torch.cat([self(view) for view in views])
        sizes = sorted({view.shape[-1] for view in views}, reverse=True)
        features = [self.backbone(torch.cat([v for v in views if v.shape[-1] == size])) for size in sizes]
        return self.projector(torch.cat(features))


def linear(a, b, bias=False):
    return nn.Linear(a, b, bias=bias)


def follow(average, live, momentum, wrong=()):
    with torch.no_grad():
        for slow, fast in zip(average.parameters(), live.parameters()):
            slow.mul_(momentum).add_(fast, alpha=1 - momentum)
        if "average_buffers" in wrong:
            for slow, fast in zip(average.buffers(), live.buffers()):
                if slow.is_floating_point():
                    slow.mul_(momentum).add_(fast, alpha=1 - momentum)


def frozen_copy(module):
    twin = copy.deepcopy(module)
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.requires_grad_(False).add_(0.1 * torch.randn_like(parameter))
    return twin


class Method(Encoder):
    """One method: `loss`, and what happens before and after the optimiser's step."""

    mistakes = ()

    def __init__(self, *projector, wrong=()):
        super().__init__(*projector)
        self.wrong = wrong

    def groups(self):
        return [{"params": [p for p in self.parameters() if p.requires_grad]}]

    def momentum(self):
        return 0.9 if "constant_momentum" in self.wrong else 1 - 0.1 * (1 + math.cos(math.pi * self.progress)) / 2

    def after_backward(self):
        pass

    def after_step(self):
        pass


class SimSiam(Method):
    mistakes = ("gradient_to_target", "predictor_follows_schedule")

    def __init__(self, wrong):
        super().__init__(linear(FEATURES, HIDDEN), nn.BatchNorm1d(HIDDEN), nn.ReLU(), linear(HIDDEN, HIDDEN),
                         nn.BatchNorm1d(HIDDEN, affine=False), wrong=wrong)
        self.predictor = nn.Sequential(linear(HIDDEN, DIM), nn.BatchNorm1d(DIM), nn.ReLU(), linear(DIM, HIDDEN, True))

    def groups(self):
        fixed = list(self.predictor.parameters())
        rest = [*self.backbone.parameters(), *self.projector.parameters()]
        return [{"params": rest}, {"params": fixed, "fixed": "predictor_follows_schedule" not in self.wrong}]

    def loss(self, views):
        z1, z2 = self(views[0]), self(views[1])
        t1, t2 = (z1, z2) if "gradient_to_target" in self.wrong else (z1.detach(), z2.detach())
        return -(F.cosine_similarity(self.predictor(z1), t2).mean() + F.cosine_similarity(self.predictor(z2), t1).mean()) / 2


class Byol(Method):
    mistakes = ("average_buffers", "average_before_step", "constant_momentum", "own_view", "mean_of_directions",
                "target_in_eval_mode")

    def __init__(self, wrong):
        super().__init__(linear(FEATURES, HIDDEN), nn.BatchNorm1d(HIDDEN), nn.ReLU(), linear(HIDDEN, DIM), wrong=wrong)
        self.predictor = nn.Sequential(linear(DIM, HIDDEN), nn.BatchNorm1d(HIDDEN), nn.ReLU(), linear(HIDDEN, DIM))
        self.target = frozen_copy(nn.ModuleDict({"backbone": self.backbone, "projector": self.projector}))

    def online(self):
        return nn.ModuleDict({"backbone": self.backbone, "projector": self.projector})

    def aim(self, view):
        return self.target["projector"](self.target["backbone"](view)).detach()

    def loss(self, views):
        self.target.train("target_in_eval_mode" not in self.wrong)
        t1, t2 = self.aim(views[0]), self.aim(views[1])
        if "own_view" in self.wrong:
            t1, t2 = t2, t1
        p1, p2 = self.predictor(self(views[0])), self.predictor(self(views[1]))
        loss = sum((2 - 2 * F.cosine_similarity(p, t)).mean() for p, t in ((p1, t2), (p2, t1)))
        return loss / 2 if "mean_of_directions" in self.wrong else loss

    def after_backward(self):
        if "average_before_step" in self.wrong:
            follow(self.target, self.online(), self.momentum())

    def after_step(self):
        if "average_before_step" not in self.wrong:
            follow(self.target, self.online(), self.momentum(), self.wrong)


class SplitBatchNorm(nn.BatchNorm2d):
    """Statistics over `splits` consecutive parts of the batch; running statistics move by the parts' mean."""

    splits = 2

    def forward(self, x):
        parts = x.view(self.splits, -1, *x.shape[1:])
        mean, var = parts.mean((1, 3, 4), keepdim=True), parts.var((1, 3, 4), unbiased=False, keepdim=True)
        count = parts[0, :, 0].numel()
        with torch.no_grad():
            self.running_mean.mul_(0.9).add_(0.1 * mean.mean(0).flatten())
            self.running_var.mul_(0.9).add_(0.1 * var.mean(0).flatten() * count / (count - 1))
            self.num_batches_tracked += 1
        parts = (parts - mean) / torch.sqrt(var + self.eps)
        return parts.reshape(x.shape) * self.weight[:, None, None] + self.bias[:, None, None]


class MocoV2(Method):
    mistakes = ("average_after_keys", "queue_before_logits", "keys_not_shuffled", "order_not_restored", "keys_not_normalised",
                "whole_batch_norm", "average_buffers")
    symmetric = False

    def __init__(self, wrong):
        super().__init__(linear(FEATURES, HIDDEN, True), nn.ReLU(), linear(HIDDEN, DIM, True), wrong=wrong)
        self.backbone.bn1 = SplitBatchNorm(FEATURES)
        self.backbone.bn1.splits = 1 if "whole_batch_norm" in wrong else 2
        self.add_module("momentum_", frozen_copy(nn.ModuleDict({"backbone": self.backbone, "projector": self.projector})))
        self.register_buffer("queue", F.normalize(torch.randn(QUEUE, DIM)))
        self.register_buffer("queue_pointer", torch.zeros(1, dtype=torch.long))
        self.step = 0

    def keys(self, view, generator):
        order = torch.arange(BATCH) if "keys_not_shuffled" in self.wrong else torch.randperm(BATCH, generator=generator)
        k = self.momentum_["projector"](self.momentum_["backbone"](view[order])).detach()
        k = k if "keys_not_normalised" in self.wrong else F.normalize(k)
        back = torch.empty_like(order)
        back[order] = torch.arange(BATCH)
        return k if "order_not_restored" in self.wrong else k[back]

    def enqueue(self, keys):
        start = self.queue_pointer.item()
        queue = self.queue.clone()
        queue[start:start + len(keys)] = keys
        self.queue, self.queue_pointer[0] = queue, (start + len(keys)) % QUEUE

    def direction(self, view1, view2, generator):
        q = F.normalize(self(view1))
        k = self.keys(view2, generator)
        if "queue_before_logits" in self.wrong:
            self.enqueue(k)
        logits = torch.cat([(q * k).sum(1, keepdim=True), q @ self.queue.t()], 1) / 0.1
        if "enqueue_between" in self.wrong:
            self.enqueue(k)
        return F.cross_entropy(logits, torch.zeros(BATCH, dtype=torch.long)), k

    def loss(self, views):
        self.step += 1
        generator = torch.Generator().manual_seed(7 + self.step)
        online = nn.ModuleDict({"backbone": self.backbone, "projector": self.projector})
        if "average_after_keys" not in self.wrong:
            follow(self.momentum_, online, 0.9, self.wrong)
        loss, self.new = self.direction(views[0], views[1], generator)
        if self.symmetric:
            other, keys = self.direction(views[1], views[0], generator)
            loss, self.new = loss + other, torch.cat([self.new, keys])
        if "average_after_keys" in self.wrong:
            follow(self.momentum_, online, 0.9)
        return loss

    def after_step(self):
        if not {"queue_before_logits", "enqueue_between"} & set(self.wrong):
            self.enqueue(self.new)


class MocoV2Symmetric(MocoV2):
    symmetric = True
    mistakes = ("enqueue_between",)


class MocoV3(Method):
    mistakes = ("average_after_keys", "no_scale")

    def __init__(self, wrong):
        super().__init__(linear(FEATURES, HIDDEN), nn.BatchNorm1d(HIDDEN), nn.ReLU(), linear(HIDDEN, DIM),
                         nn.BatchNorm1d(DIM, affine=False), wrong=wrong)
        self.predictor = nn.Sequential(linear(DIM, HIDDEN), nn.BatchNorm1d(HIDDEN), nn.ReLU(), linear(HIDDEN, DIM))
        self.add_module("momentum_", frozen_copy(nn.ModuleDict({"backbone": self.backbone, "projector": self.projector})))

    def key(self, view):
        return F.normalize(self.momentum_["projector"](self.momentum_["backbone"](view))).detach()

    def loss(self, views):
        online = nn.ModuleDict({"backbone": self.backbone, "projector": self.projector})
        q1, q2 = (F.normalize(self.predictor(self(view))) for view in views[:2])
        if "average_after_keys" not in self.wrong:
            follow(self.momentum_, online, self.momentum())
        k1, k2 = self.key(views[0]), self.key(views[1])
        if "average_after_keys" in self.wrong:
            follow(self.momentum_, online, self.momentum())
        own = torch.arange(BATCH)
        scale = 1 if "no_scale" in self.wrong else 2 * 0.2
        return scale * (F.cross_entropy(q1 @ k2.t() / 0.2, own) + F.cross_entropy(q2 @ k1.t() / 0.2, own))


class SimClr(Method):
    mistakes = ("self_is_negative",)

    def __init__(self, wrong):
        super().__init__(linear(FEATURES, HIDDEN, True), nn.ReLU(), linear(HIDDEN, DIM, True), wrong=wrong)

    def loss(self, views):
        z = F.normalize(torch.cat([self(views[0]), self(views[1])]))
        similar = torch.exp(z @ z.t() / 0.5)
        if "self_is_negative" not in self.wrong:
            similar = similar * (1 - torch.eye(2 * BATCH, dtype=z.dtype))
        partner = torch.arange(2 * BATCH).roll(BATCH)
        return -torch.log(similar[torch.arange(2 * BATCH), partner] / similar.sum(1)).mean()


class SimClrJoint(SimClr):
    mistakes = ("pass_per_view",)

    def loss(self, views):
        z = F.normalize(self.together(views[:2], self.wrong))
        logits = (z @ z.t() / 0.5).masked_fill(torch.eye(2 * BATCH, dtype=torch.bool), -math.inf)
        return F.cross_entropy(logits, torch.arange(2 * BATCH).roll(BATCH))


def plain_projector():
    return linear(FEATURES, HIDDEN), nn.BatchNorm1d(HIDDEN), nn.ReLU(), linear(HIDDEN, DIM)


class BarlowTwins(Method):
    mistakes = ("unbiased_variance",)

    def __init__(self, wrong):
        super().__init__(*plain_projector(), wrong=wrong)

    def loss(self, views):
        norm = nn.BatchNorm1d(DIM, affine=False).double()
        z1, z2 = norm(self(views[0])), norm(self(views[1]))
        share = BATCH - 1 if "unbiased_variance" in self.wrong else BATCH
        c = z1.t() @ z2 / share
        weight = torch.full((DIM, DIM), 0.0051, dtype=c.dtype).fill_diagonal_(1)
        return 0.1 * (weight * (c - torch.eye(DIM, dtype=c.dtype)).pow(2)).sum()


class VicReg(Method):
    mistakes = ("no_half",)

    def __init__(self, wrong):
        super().__init__(*plain_projector(), wrong=wrong)

    def loss(self, views):
        x, y = self(views[0]), self(views[1])
        half = 1 if "no_half" in self.wrong else 2
        variance = sum(F.relu(1 - torch.sqrt(z.var(0) + 1e-4)).mean() / half for z in (x, y))
        off = ~torch.eye(DIM, dtype=torch.bool)
        covariance = sum(torch.cov(z.t())[off].pow(2).sum() / DIM for z in (x, y))
        return 25 * F.mse_loss(x, y) + 25 * variance + covariance


class Swav(Method):
    mistakes = ("prototypes_not_normalised", "queue_before_reading", "queue_unused", "pass_per_view", "codes_with_gradient",
                "own_view_too")
    frozen = False

    def __init__(self, wrong):
        super().__init__(linear(FEATURES, HIDDEN), nn.BatchNorm1d(HIDDEN), nn.ReLU(), linear(HIDDEN, DIM, True), wrong=wrong)
        self.prototypes = nn.Sequential(linear(DIM, OUTPUTS))
        self.register_buffer("queue", F.normalize(torch.randn(2, QUEUE, DIM), dim=2))
        self.steps_done = 0

    def codes(self, scores):
        q = torch.exp(scores / 0.05).t()
        q = q / q.sum()
        for _ in range(3):
            q = q / (q.sum(1, keepdim=True) * q.shape[0])
            q = q / (q.sum(0, keepdim=True) * q.shape[1])
        return (q * q.shape[1]).t()

    def loss(self, views):
        weight = self.prototypes[0].weight
        if "prototypes_not_normalised" not in self.wrong:
            with torch.no_grad():
                weight.copy_(F.normalize(weight))
        z = F.normalize(self.together(views, self.wrong))
        z, scores = z.chunk(len(views)), (z @ weight.t()).chunk(len(views))
        self.steps_done += 1
        loss = 0
        for i in range(2):
            # The queue holds half a turn when the first step begins; newest first.
            if self.steps_done == 1:
                self.fifo = getattr(self, "fifo", {})
                self.fifo[i] = torch.cat([self.queue[i, :BATCH], self.queue[i, BATCH:] * 0])
            with torch.set_grad_enabled("codes_with_gradient" in self.wrong):
                if "queue_before_reading" in self.wrong:
                    self.push(i, z[i].detach())
                full = (self.fifo[i][-1].abs().sum() > 0) and "queue_unused" not in self.wrong
                every = torch.cat([self.fifo[i] @ weight.t(), scores[i]]) if full else scores[i].clone()
                if "queue_before_reading" not in self.wrong:
                    self.push(i, z[i].detach())
                target = self.codes(every)[-BATCH:]
            terms = [-(target * F.log_softmax(scores[v] / 0.1, 1)).sum(1).mean()
                     for v in range(len(views)) if v != i or "own_view_too" in self.wrong]
            loss = loss + sum(terms) / len(terms)
        return loss / 2

    def push(self, i, rows):
        self.fifo[i] = torch.cat([rows, self.fifo[i][:-BATCH]])

    def after_backward(self):
        if self.frozen and "frozen_decay" not in self.wrong:
            self.prototypes[0].weight.grad = None
        if "frozen_decay" in self.wrong:
            self.prototypes[0].weight.grad = torch.zeros_like(self.prototypes[0].weight)

    def after_step(self):
        # In the ring of the C++ method a slot is reused each second step: the third step's rows lie in the second slot.
        self.queue.copy_(torch.stack([torch.cat([self.fifo[i][BATCH:], self.fifo[i][:BATCH]]) if self.steps_done == 3
                                      else self.queue[i] for i in range(2)]))


class SwavFrozen(Swav):
    frozen = True
    mistakes = ("frozen_decay",)


class Dino(Method):
    mistakes = ("centre_first", "clip_together", "temperature_of_next_epoch", "own_view_too", "average_before_step",
                "pass_per_view", "no_clip")
    frozen = False

    def __init__(self, wrong):
        super().__init__(linear(FEATURES, HIDDEN, True), nn.GELU(), linear(HIDDEN, HIDDEN, True), nn.GELU(),
                         linear(HIDDEN, DIM, True), wrong=wrong)
        self.last_layer = nn.Module()
        self.last_layer.weight_g = nn.Parameter(torch.ones(OUTPUTS, 1), requires_grad=False)
        self.last_layer.weight_v = nn.Parameter(torch.randn(OUTPUTS, DIM))
        self.teacher = frozen_copy(self.student())
        with torch.no_grad():
            self.teacher["last_layer"].weight_g.fill_(1)
        self.register_buffer("centre", 0.1 * torch.randn(1, OUTPUTS))

    def student(self):
        return nn.ModuleDict({"backbone": self.backbone, "projector": self.projector, "last_layer": self.last_layer})

    @staticmethod
    def answers(encoder, last, views, wrong):
        weight = last.weight_g * last.weight_v / last.weight_v.norm(dim=1, keepdim=True)
        return (F.normalize(encoder.together(views, wrong)) @ weight.t()).chunk(len(views))

    def loss(self, views):
        teacher = Encoder()
        teacher.backbone, teacher.projector = self.teacher["backbone"], self.teacher["projector"]
        raw = [t.detach() for t in self.answers(teacher, self.teacher["last_layer"], views[:2], self.wrong)]
        student = self.answers(self, self.last_layer, views, self.wrong)
        epoch = EPOCH + ("temperature_of_next_epoch" in self.wrong)
        temperature = [0.04 + 0.03 * e / 7 for e in range(8)][epoch]
        centre = 0.9 * self.centre + 0.1 * torch.cat(raw).mean(0, keepdim=True)
        used = centre if "centre_first" in self.wrong else self.centre.clone()
        terms = [-(F.softmax((raw[i] - used) / temperature, 1) * F.log_softmax(s / 0.1, 1)).sum(1).mean()
                 for i in range(2) for v, s in enumerate(student) if v != i or "own_view_too" in self.wrong]
        self.centre.copy_(centre)
        return sum(terms) / len(terms)

    def after_backward(self):
        mine = [p for p in self.parameters() if p.grad is not None]
        if "clip_together" in self.wrong:
            torch.nn.utils.clip_grad_norm_(mine, 0.05)
        elif "no_clip" not in self.wrong:
            for p in mine:
                p.grad.mul_(min(1, 0.05 / (p.grad.norm().item() + 1e-6)))
        if self.frozen and "last_layer_trained" not in self.wrong:
            self.last_layer.weight_v.grad = None
        if "average_before_step" in self.wrong:
            follow(self.teacher, self.student(), self.momentum())

    def after_step(self):
        if "average_before_step" not in self.wrong:
            follow(self.teacher, self.student(), self.momentum())


class DinoFrozen(Dino):
    frozen = True
    mistakes = ("last_layer_trained",)


CASES = {"simsiam": SimSiam, "byol": Byol, "moco_v2": MocoV2, "moco_v2_symmetric": MocoV2Symmetric, "moco_v3": MocoV3, "simclr": SimClr, "simclr_joint": SimClrJoint,
         "barlow_twins": BarlowTwins, "vicreg": VicReg, "swav": Swav, "swav_frozen": SwavFrozen, "dino": Dino,
         "dino_frozen": DinoFrozen}
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
    optimizer = torch.optim.SGD(method.groups(), lr=RATE, momentum=0.9, weight_decay=0.1)
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
