"""Images with their labels: what `images` and decoded `dataset` artifacts hold."""

import torch

from .error import RetortError
from .image_dataset import ImageDataset
from .normalization import Normalization
from .sheet import Sheet

KINDS = ("images", "dataset")


class Images:
    """
    pixels         [N,C,H,W], on the processor: uint8, or float32 in 0…1. Images that were optimised and kept as float32
                   (no codec) may lie a little outside: they are what a student reads, not clamped; `bytes()` clamps.
    labels         int64 [N], indices into `classes`
    classes        list of names
    normalization  the constants that students of these images are normalised with, where nothing else is asked for
    probabilities  float32 [N,K] that were learned with the images (distill.*), else None
    learning_rate  that was learned with the images, else None
    """

    def __init__(self, pixels, labels, classes, normalization, probabilities=None, learning_rate=None):
        self.pixels, self.labels, self.classes, self.normalization = pixels, labels, list(classes), normalization
        self.probabilities, self.learning_rate = probabilities, learning_rate

    @classmethod
    def read(cls, artifact):
        """Of an artifact of decoded images, whatever space they are in. Throws RetortError, DamagedError."""
        meta = artifact.meta
        tensors = artifact.tensors("data.safetensors" if artifact.kind == "dataset" else "images.safetensors")
        normalization = Normalization.of(meta)
        learned = artifact.tensors("soft_labels.safetensors") if meta.get("soft_labels") else {}
        return cls(
            _pixels(artifact, tensors["images"], normalization),
            tensors["labels"],
            meta.get("classes", []),
            normalization,
            next(iter(learned.values()), None),
            meta.get("learning_rate"),
        )

    def decoded(self, indices=None):
        """These, or those at some indices."""
        if indices is None:
            return self
        chosen = torch.as_tensor(indices, dtype=torch.int64)
        shares = None if self.probabilities is None else self.probabilities[chosen]
        return Images(self.pixels[chosen], self.labels[chosen], self.classes, self.normalization, shares, self.learning_rate)

    def bytes(self):
        """uint8 [N,C,H,W]: floating pixels clamped to 0…1 and rounded, as exports write them."""
        return self.pixels if self.pixels.dtype == torch.uint8 else self.pixels.clamp(0, 1).mul(255).round().to(torch.uint8)

    def dataset(self, transform=None, normalization=None):
        """A torch Dataset of (float32 [C,H,W] normalised, int); see ImageDataset."""
        return ImageDataset(self, transform, normalization)

    def sheet(self, per_class=10, classes=20):
        """Images of each class side by side: what is shown in a notebook."""
        return Sheet(self, per_class, classes)

    def __len__(self):
        return len(self.labels)

    def at(self, index):
        """The pixels of one image [C,H,W]."""
        return self.pixels[index]

    def __repr__(self):
        return f"<{len(self)} images {tuple(self.pixels.shape[1:])} {self.pixels.dtype}, {len(self.classes)} classes>"

    def _repr_html_(self):
        return self.sheet()._repr_html_()


def _pixels(artifact, images, normalization):
    space = artifact.meta.get("space", "pixels" if artifact.kind == "dataset" else None)
    if space == "pixels":
        return images
    if space == "normalized":
        return normalization.invert(images)
    if space == "zca":
        return _unwhitened(images, **artifact.tensors("zca.safetensors"))
    raise RetortError(
        f'the images of output "{artifact.name}" are in the space {space!r}; known here are pixels, normalized and zca'
    )


def _unwhitened(images, mean, matrix):
    """Of images whitened as (x - mean) · matrix with x flattened."""
    inverse = torch.linalg.inv(matrix.double()).float()
    return (images.flatten(1) @ inverse + mean).view(images.shape)
