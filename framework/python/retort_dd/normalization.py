"""The constants a network's inputs are normalised with."""

import dataclasses

import torch


@dataclasses.dataclass(frozen=True)
class Normalization:
    """(pixel - mean) / std, a channel; pixels count from 0 to 1."""

    name: str = "none"
    mean: tuple = (0.0, 0.0, 0.0)
    std: tuple = (1.0, 1.0, 1.0)

    @classmethod
    def of(cls, meta):
        """That of an artifact's meta."""
        json = meta["normalization"]
        return cls(json.get("name", "custom"), tuple(json["mean"]), tuple(json["std"]))

    def __call__(self, pixels):
        """uint8 (0…255) or floating (0…1) [3,H,W] or [N,3,H,W] → float32, normalised: what the network is given."""
        values = pixels.float() / 255 if pixels.dtype == torch.uint8 else pixels.float()
        return (values - self._channels(self.mean, values)) / self._channels(self.std, values)

    def invert(self, images):
        """Normalised → floating pixels around 0…1, not clamped."""
        return images * self._channels(self.std, images) + self._channels(self.mean, images)

    @staticmethod
    def _channels(values, like):
        return torch.tensor(values, dtype=torch.float64).to(like.device, like.dtype).view(-1, 1, 1)
