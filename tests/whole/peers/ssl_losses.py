#!/usr/bin/env python3
"""Losses and optimisers of self-supervised methods as lightly and solo-learn compute them, on random tensors.

    ssl_losses.py OUTPUT.safetensors     (needs torch, lightly, solo-learn, safetensors)

Writes inputs, values and gradients in float32. tests/plugins/ssl_method/peers_test.cpp reads what is committed beside this file;
given RETORT_PEERS_PYTHON it runs this script again first and reads that.
"""
import importlib.util
import os
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

import solo
import lightly.loss as lightly
from lightly.loss.swav_loss import sinkhorn as lightly_sinkhorn
from lightly.utils.lars import LARS as LightlyLars
from solo.losses.barlow import barlow_loss_func
from solo.losses.byol import byol_loss_func
from solo.losses.dino import DINOLoss
from solo.losses.moco import moco_loss_func
from solo.losses.simclr import simclr_loss_func
from solo.losses.simsiam import simsiam_loss_func
from solo.losses.swav import swav_loss_func
from solo.losses.vicreg import vicreg_loss_func


def solo_file(name):
    """A module of solo.utils, without importing the package's training code."""
    spec = importlib.util.spec_from_file_location("solo_" + name, os.path.join(list(solo.__path__)[0], "utils", name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


N, D, K, QUEUE = 12, 10, 7, 16
torch.manual_seed(0)
inputs = {name: torch.randn(N, D) for name in "abcd"}
inputs["queue"] = F.normalize(torch.randn(QUEUE, D))
inputs["scores"] = torch.rand(4, N, K) * 2 - 1  # four views' cosines with K prototypes
inputs["student"] = torch.randn(4, N, K)
inputs["teacher"] = torch.randn(2, N, K)
inputs["centre"] = torch.randn(1, K) * 0.1
out = dict(inputs)


def record(name, loss, *wanted):
    """Value of `loss` on leaves of the inputs, and the gradients of the wanted ones."""
    leaves = {key: value.clone().requires_grad_(key in wanted) for key, value in inputs.items()}
    value = loss(leaves)
    gradients = torch.autograd.grad(value, [leaves[key] for key in wanted])
    out[name] = value.detach().reshape(())
    for key, gradient in zip(wanted, gradients):
        out[f"{name}.{key}"] = gradient


def lightly_dino(t):
    loss = lightly.DINOLoss(output_dim=K, warmup_teacher_temp=0.05, teacher_temp=0.05, warmup_teacher_temp_epochs=1)
    loss.center = inputs["centre"].reshape(loss.center.shape).clone()
    value = loss(list(t["teacher"]), list(t["student"]), epoch=3)
    out["lightly.dino.centre"] = loss.center.reshape(1, K).clone()
    return value


def solo_dino(t):
    loss = DINOLoss(K, 0.05, 0.05, 1, 10, num_large_crops=4)
    loss.center = inputs["centre"].clone()
    value = loss(t["student"].flatten(0, 1), t["teacher"].flatten(0, 1))
    out["solo.dino.centre"] = loss.center.clone()
    return value


record("lightly.nt_xent", lambda t: lightly.NTXentLoss(temperature=0.3)(t["a"], t["b"]), "a", "b")
record("solo.nt_xent", lambda t: simclr_loss_func(t["a"], t["b"], temperature=0.3), "a", "b")
record("solo.queue", lambda t: moco_loss_func(F.normalize(t["a"]), F.normalize(t["b"]), t["queue"].t(), 0.2), "a")
record("torch.batch", lambda t: 0.4 * F.cross_entropy(F.normalize(t["a"]) @ F.normalize(t["b"]).t() / 0.2, torch.arange(N)), "a")
record("solo.byol", lambda t: byol_loss_func(t["a"], t["d"]) + byol_loss_func(t["b"], t["c"]), "a", "b")
record("lightly.simsiam", lambda t: (lightly.NegativeCosineSimilarity()(t["a"], t["d"])
                                     + lightly.NegativeCosineSimilarity()(t["b"], t["c"])) / 2, "a", "b")
record("solo.simsiam", lambda t: (simsiam_loss_func(t["a"], t["d"]) + simsiam_loss_func(t["b"], t["c"])) / 2, "a", "b")
record("lightly.barlow", lambda t: lightly.BarlowTwinsLoss(lambda_param=0.0051)(t["a"], t["b"]), "a", "b")
record("solo.barlow", lambda t: barlow_loss_func(t["a"], t["b"], lamb=0.0051, scale_loss=0.1), "a", "b")
record("lightly.vicreg", lambda t: lightly.VICRegLoss()(t["a"], t["b"]), "a", "b")
# solo-learn has no half before the variance.
record("solo.vicreg", lambda t: vicreg_loss_func(t["a"], t["b"], 25.0, 12.5, 1.0), "a", "b")
record("lightly.swav", lambda t: lightly.SwaVLoss()(list(t["scores"][:2]), list(t["scores"][2:])), "scores")
record("solo.swav", lambda t: swav_loss_func(list(t["scores"][:2]), [lightly_sinkhorn(s.detach()) for s in t["scores"][:2]]),
       "scores")
record("lightly.dino", lightly_dino, "student")
record("solo.dino", solo_dino, "student")
out["lightly.sinkhorn"] = lightly_sinkhorn(inputs["scores"][0])
out["solo.sinkhorn"] = solo_file("sinkhorn_knopp").SinkhornKnopp()(inputs["scores"][0])

# Three steps of LARS at falling rates on a matrix and a vector.
RATES = (0.5, 0.4, 0.2)
out["lars.matrix"], out["lars.vector"] = torch.randn(4, 3), torch.randn(4)
out["lars.matrix.gradients"], out["lars.vector.gradients"] = torch.randn(3, 4, 3), torch.randn(3, 4)


def lars(name, make):
    matrix, vector = (torch.nn.Parameter(out["lars." + key].clone()) for key in ("matrix", "vector"))
    optimizer = make(matrix, vector)
    for step, rate in enumerate(RATES):
        for group in optimizer.param_groups:
            group["lr"] = rate
        matrix.grad, vector.grad = out["lars.matrix.gradients"][step].clone(), out["lars.vector.gradients"][step].clone()
        optimizer.step()
    out[name + ".matrix"], out[name + ".vector"] = matrix.detach(), vector.detach()


LarsWrapper = solo_file("lars").LARSWrapper


def solo_lars(matrix, vector, clip):
    sgd = torch.optim.SGD([matrix, vector], lr=0.5, momentum=0.9, weight_decay=0.01)
    return LarsWrapper(sgd, eta=0.02, clip=clip, exclude_bias_n_norm=True)


lars("lightly.lars", lambda m, v: LightlyLars([m, v], lr=0.5, momentum=0.9, weight_decay=0.01, trust_coefficient=0.001))
lars("lightly.lars.undecayed", lambda m, v: LightlyLars([m, v], lr=0.5, momentum=0.9, trust_coefficient=0.001))
lars("solo.lars", lambda m, v: solo_lars(m, v, True))
lars("solo.lars.unclipped", lambda m, v: solo_lars(m, v, False))

save_file({key: value.contiguous() for key, value in out.items()}, sys.argv[1])
