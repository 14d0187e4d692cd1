"""Pictures, as PNG files; written without a library for images."""

import pathlib
import struct
import zlib

_LARGEST = 2 << 20  # bytes of a picture that goes into a notebook
_WIDEST = 1000  # pixels of a notebook's page


class Picture:
    """A PNG that a node drew; a notebook shows it, wide ones smaller. `png`: its bytes; `node`: the node's name."""

    def __init__(self, png, node):
        self.png, self.node = png, node

    @property
    def size(self):
        """(width, height)"""
        return struct.unpack(">II", self.png[16:24])

    def save(self, path):
        pathlib.Path(path).write_bytes(self.png)

    def __repr__(self):
        width, height = self.size
        return f"<picture of {self.node}, {width} × {height}>"

    def _repr_html_(self):
        from .markup import lines, picture

        if len(self.png) > _LARGEST:
            return lines([f"The picture of {self.node} has {len(self.png) >> 20} MiB: save it, and open the file."])
        times = -(-self.size[0] // _WIDEST)
        return picture(self.png, self.node, *(side // times for side in self.size))


def png(pixels):
    """The bytes of a PNG that keeps every pixel of a uint8 array [H,W,3] or [H,W,1]."""
    height, width, channels = pixels.shape
    rows = b"".join(b"\0" + pixels[y].tobytes() for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2 if channels == 3 else 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
