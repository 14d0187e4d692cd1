"""Images as a torch Dataset."""

import torch


class ImageDataset(torch.utils.data.Dataset):
    """Items (image, label): image float32 [C,H,W], normalised as a student's input; label int.

    `transform`: float32 pixels [C,H,W] in 0…1 → the same of any size, before they are normalised. `normalization`: other
    constants than those of the images, such as a teacher's. `classes`: names; `targets`: labels, int64 [N].
    """

    def __init__(self, images, transform=None, normalization=None):
        self.classes, self.targets = images.classes, images.labels
        self.normalization = normalization or images.normalization
        self._images, self._transform = images, transform

    def __len__(self):
        return len(self._images)

    def __getitem__(self, index):
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        pixels = self._images.at(index)
        if self._transform is not None:
            pixels = self._transform(pixels.float() / 255 if pixels.dtype == torch.uint8 else pixels)
        return self.normalization(pixels), int(self.targets[index])
