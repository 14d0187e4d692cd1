"""SimSiam, BYOL, Barlow Twins and VICReg: two views are made to agree, without negatives."""
import torch
import torch.nn.functional as F
from torch import nn

from plain.parts import BATCH, DIM, FEATURES, HIDDEN, Method, follow, frozen_copy, linear, plain_projector


class SimSiam(Method):
    mistakes = ("gradient_to_target", "predictor_follows_schedule", "no_decay")

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
                "target_in_eval_mode", "no_average")

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
        if not {"average_before_step", "no_average"} & set(self.wrong):
            follow(self.target, self.online(), self.momentum(), self.wrong)


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
