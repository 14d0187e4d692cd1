"""MoCo v2, MoCo v3 and SimCLR: an image is told from others."""
import math

import torch
import torch.nn.functional as F
from torch import nn

from plain.parts import BATCH, DIM, FEATURES, HIDDEN, QUEUE, Method, follow, frozen_copy, linear


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
