"""What the plain methods are made of: a small backbone, an encoder, moving averages. Sizes of everything."""
import copy
import math

import torch
import torch.nn.functional as F
from torch import nn

BATCH, FEATURES, HIDDEN, DIM, OUTPUTS, QUEUE = 6, 4, 6, 4, 5, 12
EPOCH, EPOCHS, STEPS, RATE = 5, 10, 4, 0.5


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


def plain_projector():
    return linear(FEATURES, HIDDEN), nn.BatchNorm1d(HIDDEN), nn.ReLU(), linear(HIDDEN, DIM)
