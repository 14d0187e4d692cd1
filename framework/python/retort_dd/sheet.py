"""A sheet of images: a row a class, to look at in a notebook."""

from html import escape

import torch

from .markup import picture
from .picture import png

_GAP, _LARGEST, _LEAST_SHOWN = 2, 64, 48  # pixels


class Sheet:
    """The first `per_class` images of each of the first `classes` classes, as thumbnails of at most 64 pixels."""

    def __init__(self, images, per_class=10, classes=20):
        self._images, self._per_class = images, per_class
        self._classes = min(classes, len(images.classes))

    def rows(self):
        """[(name of the class, uint8 array [H,W,C])], without classes that have no image."""
        made = []
        for label in range(self._classes):
            chosen = torch.nonzero(self._images.labels == label).flatten()[: self._per_class].tolist()
            if chosen:
                made.append((self._images.classes[label], _strip([_thumbnail(self._images.at(each)) for each in chosen])))
        return made

    def _repr_html_(self):
        parts = []
        for name, strip in self.rows():
            zoom = max(1, _LEAST_SHOWN // strip.shape[0])
            shown = picture(png(strip), name, strip.shape[1] * zoom, strip.shape[0] * zoom)
            parts.append(f"<tr><th style='text-align:left'>{escape(name)}</th><td>{shown}</td></tr>")
        left = len(self._images.classes) - self._classes
        more = f"; {left} more classes" if left > 0 else ""
        return f"<table><caption>{len(self._images)} images{more}</caption>{''.join(parts)}</table>"


def _thumbnail(pixels):
    """uint8 [C,H,W] of at most 64 pixels."""
    values = pixels.float() / 255 if pixels.dtype == torch.uint8 else pixels
    if max(values.shape[1:]) > _LARGEST:
        scale = _LARGEST / max(values.shape[1:])
        size = [max(1, round(side * scale)) for side in values.shape[1:]]
        values = torch.nn.functional.interpolate(values[None], size, mode="bilinear", antialias=True)[0]
    return values.clamp(0, 1).mul(255).round().to(torch.uint8)


def _strip(thumbnails):
    """[H,W,C] of thumbnails side by side, white between."""
    channels, height, _ = thumbnails[0].shape
    gap = torch.full((channels, height, _GAP), 255, dtype=torch.uint8)
    parts = [part for each in thumbnails for part in (each, gap)][:-1]
    return torch.cat(parts, 2).permute(1, 2, 0).contiguous().numpy()
