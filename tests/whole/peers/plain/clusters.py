"""SwAV and DINO: an image's crops predict what another crop of it is assigned to."""
import torch
import torch.nn.functional as F
from torch import nn

from plain.parts import BATCH, DIM, EPOCH, FEATURES, HIDDEN, OUTPUTS, QUEUE, Encoder, Method, follow, frozen_copy, linear


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
                "pass_per_view", "no_clip", "clip_lengthens")
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
            choose = max if "clip_lengthens" in self.wrong else min
            for p in mine:
                p.grad.mul_(choose(1, 0.05 / (p.grad.norm().item() + 1e-6)))
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
