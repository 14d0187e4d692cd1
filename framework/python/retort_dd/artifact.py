"""One output of a result: its files, each compared with its digest before its bytes are given out."""

import hashlib

from .error import DamagedError, RetortError
from .library import library
from .record import place

_CHUNK = 1 << 20


class Artifact:
    """`name`: the output's; `kind`: "images", "metrics", …; `meta`: what the files hold; `digest`: of all of it.

    `files`: {name: bytes}. Throws what `read` and `path` throw.
    """

    def __init__(self, name, output, key, roots):
        self.name, self.kind, self.digest, self.meta = name, output["kind"], output["digest"], output["meta"]
        self._files = {file["name"]: file for file in output["files"]}
        self._key, self._roots, self._verified = key, roots, {}

    @property
    def files(self):
        return {name: file["size"] for name, file in self._files.items()}

    def read(self, name):
        """The bytes of a file. Throws DamagedError with file and key, RetortError if it is gone or there is none."""
        file = self._file(name)
        where = "the record" if "text" in file else self._object(name)
        data = file["text"].encode() if "text" in file else where.read_bytes()
        self._compare(name, hashlib.sha256(data), where)
        return data

    def path(self, name):
        """Where the bytes of a file lie, verified: a file of the store, to be read only. None for one inside the record."""
        if "text" in self._file(name):
            return None
        if name not in self._verified:
            path, digest = self._object(name), hashlib.sha256()
            with path.open("rb") as stream:
                while chunk := stream.read(_CHUNK):
                    digest.update(chunk)
            self._compare(name, digest, path)
            self._verified[name] = path
        return self._verified[name]

    def tensors(self, name):
        """{name: torch.Tensor} of a safetensors file, on the processor. Throws what `path` throws."""
        files, path = library("safetensors.torch"), self.path(name)
        return files.load_file(path) if path else files.load(self.read(name))

    def _file(self, name):
        if name not in self._files:
            raise RetortError(f"output \"{self.name}\" of {self._key} has no file \"{name}\"; it has: {', '.join(self._files)}")
        return self._files[name]

    def _object(self, name):
        sha256 = self._files[name]["sha256"]
        for root in self._roots:
            path = root / "objects" / place(sha256)
            if path.is_file():
                return path
        raise RetortError(
            f"{self._roots[0] / 'objects' / place(sha256)} is gone: file \"{name}\" of {self._key}. "
            "Run its graph again, and it is made again"
        )

    def _compare(self, name, digest, where):
        expected = self._files[name]["sha256"]
        if digest.hexdigest() != expected:
            raise DamagedError(
                f'{where}: file "{name}" of {self._key} is damaged: its SHA-256 is {digest.hexdigest()}, '
                f"not {expected}. `retort fsck` sets it aside; run its graph again, and it is made again"
            )

    def __repr__(self):
        return f"<{self.kind} \"{self.name}\": {', '.join(f'{name} ({size} bytes)' for name, size in self.files.items())}>"
