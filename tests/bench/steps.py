"""Steps of recover and of supervised training against the same in eager PyTorch, taking turns on one machine.

  steps.py PROGRAM [--threads N …] [--rounds N] [--only recover|train|launched] [--width N …] [--clock wall|cpu] [--device cpu|cuda]

PyTorch's half is written as SRe2L's code is: modules, hooks on the inputs of BatchNorm, torch.optim. Prints medians of
seconds a step and the ratio ours / PyTorch; the exit code is 1 if a ratio is above 1.05 (5 % is what this measures to).
On a card our half of a training step is replayed (train/step_graph.h); "launched" is the same without that.
On a machine that others use, --clock cpu counts the processes' own time: with one thread it is what a step costs.
"""
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F

from turns import arguments, compare

CLASSES, SIZE = 100, 32
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        y += x if self.downsample is None else self.downsample(x)
        return self.relu(y)


class ResNet18(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        blocks, inputs = [], width
        for stage in range(4):
            outputs = width << stage
            blocks += [Block(inputs, outputs, 1 if stage == 0 else 2), Block(outputs, outputs, 1)]
            inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.fc = nn.Linear(inputs, CLASSES)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x):
        x = self.blocks(F.relu(self.bn1(self.conv1(x)), inplace=True))
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


class BatchNormHook:
    def __init__(self, module):
        module.register_forward_hook(self.look)

    def look(self, module, inputs, output):
        channels = inputs[0].shape[1]
        mean = inputs[0].mean([0, 2, 3])
        var = inputs[0].permute(1, 0, 2, 3).contiguous().view([channels, -1]).var(1, unbiased=False)
        self.loss = torch.norm(module.running_var.data - var, 2) + torch.norm(module.running_mean.data - mean, 2)


def recover_step(width, batch, device):
    net = ResNet18(width).eval().to(device)
    for parameter in net.parameters():
        parameter.requires_grad_(False)
    hooks = [BatchNormHook(m) for m in net.modules() if isinstance(m, nn.BatchNorm2d)]
    images = torch.randn(batch, 3, SIZE, SIZE, device=device, requires_grad=True)
    labels = torch.arange(batch, device=device) % CLASSES
    adam = torch.optim.Adam([images], lr=0.1, betas=(0.5, 0.9), eps=1e-8)
    criterion = nn.CrossEntropyLoss()

    def step():
        adam.zero_grad()
        loss_ce = criterion(net(images), labels)
        factors = [10.0] + [1.0] * (len(hooks) - 1)
        loss = loss_ce + 0.01 * sum(hook.loss * factor for hook, factor in zip(hooks, factors))
        loss.backward()
        adam.step()
        with torch.no_grad():
            for c, (m, s) in enumerate(zip(MEAN, STD)):
                images[:, c] = torch.clamp(images[:, c], -m / s, (1 - m) / s)

    return step


def train_step(width, batch, device):
    net = ResNet18(width).train().to(device)
    images, labels = torch.randn(batch, 3, SIZE, SIZE, device=device), torch.arange(batch, device=device) % CLASSES
    sgd = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
    criterion = nn.CrossEntropyLoss()

    def step():
        sgd.zero_grad()
        criterion(net(images), labels).backward()
        sgd.step()

    return step


if __name__ == "__main__":
    parser = arguments(__doc__, threads=[1, 2], rounds=5)
    parser.add_argument("--only", choices=["recover", "train", "launched"])
    options = parser.parse_args()
    worst = 0
    for threads in options.threads:
        torch.set_num_threads(threads)
        for name in [options.only] if options.only else ["recover", "train"]:
            for width in options.width or [16, 64]:
                batch = 100 if name == "recover" else 128
                step = (recover_step if name == "recover" else train_step)(width, batch, options.device)
                worst = max(worst, compare(options, "PyTorch", name, width, batch, threads, step, 2 if width > 32 else 5))
    sys.exit(1 if worst > 1.05 else 0)
