"""Data sets kept as the JPEG and PNG files they came as, decoded when they are asked for."""

import io
import os

import numpy
import torch

from .error import RetortError
from .image_dataset import ImageDataset
from .images import Images
from .library import library
from .normalization import Normalization
from .sheet import Sheet


class EncodedImages:
    """As Images, but an image is decoded when it is asked for: `at(index)` gives uint8 [3,S,S].

    The shorter side is resized to the data set's `resize`, and the middle S × S is cut out, as torchvision's Resize and
    CenterCrop do. `bytes_of(index)` is the file as it came, its size whatever it was. Needs Pillow.
    """

    probabilities = learning_rate = None  # nothing was learned with them

    def __init__(self, artifact):
        meta, index = artifact.meta, artifact.tensors("index.safetensors")
        self.labels, self.classes = index["labels"], list(meta["classes"])
        self.normalization = Normalization.of(meta)
        self.size = meta["image_size"]
        self._resize, self._bicubic = meta.get("resize", self.size), meta.get("interpolation") == "bicubic"
        self._offsets, self._lengths, self._file = index["offsets"], index["lengths"], artifact.path("images.bin")
        self._packed = artifact.read("images.bin") if self._file is None else None

    @staticmethod
    def is_in(artifact):
        return artifact.meta.get("stored") == "encoded"

    def bytes_of(self, index):
        start, length = int(self._offsets[index]), int(self._lengths[index])
        if self._packed is not None:
            return self._packed[start : start + length]
        with open(self._file, "rb") as stream:  # no descriptor is kept: workers of a DataLoader are forked
            return os.pread(stream.fileno(), length, start)

    def at(self, index):
        image = library("PIL.Image", "pillow")
        picture = image.open(io.BytesIO(self.bytes_of(index))).convert("RGB")
        width, height = picture.size
        shorter = min(width, height)
        resized = (self._resize * width // shorter, self._resize * height // shorter)
        if resized != picture.size:
            picture = picture.resize(resized, image.Resampling.BICUBIC if self._bicubic else image.Resampling.BILINEAR)
        left, top = (round((side - self.size) / 2.0) for side in picture.size)
        picture = picture.crop((left, top, left + self.size, top + self.size))
        return torch.from_numpy(numpy.array(picture)).permute(2, 0, 1).contiguous()

    def decoded(self, indices=None):
        """Images in memory, of all or of these indices. Throws RetortError if they would take more than half of it."""
        indices = range(len(self)) if indices is None else [int(each) for each in indices]
        wanted, memory = len(indices) * 3 * self.size**2, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        if wanted > memory // 2:
            raise RetortError(
                f"{len(indices)} decoded images take {wanted >> 20} MiB, more than half of the memory: "
                "ask for some (indices), or take dataset(), which decodes them one by one"
            )
        pixels = (
            torch.stack([self.at(each) for each in indices])
            if len(indices)
            else torch.zeros(0, 3, self.size, self.size, dtype=torch.uint8)
        )
        return Images(pixels, self.labels[list(indices)], self.classes, self.normalization)

    def dataset(self, transform=None, normalization=None):
        """A torch Dataset of (float32 [3,S,S] normalised, int); see ImageDataset."""
        return ImageDataset(self, transform, normalization)

    def sheet(self, per_class=10, classes=20):
        return Sheet(self, per_class, classes)

    def __len__(self):
        return len(self.labels)

    def __repr__(self):
        return f"<{len(self)} encoded images, fitted to {self.size} pixels, {len(self.classes)} classes>"

    def _repr_html_(self):
        return self.sheet()._repr_html_()
