"""One result of the store: what a node gave, and what it was made from."""

import json

from .artifact import Artifact
from .error import RetortError


class Result:
    """Had from `Store.result`, `Store.results` or a Run. Its record is read, and verified, when something of it is asked for.

    `key`: 64 hexadecimal digits, of everything it depends on.
    """

    def __init__(self, store, key):
        self.store, self.key = store, key
        self._record = self._outputs = None

    @property
    def record(self):
        """The record as JSON (framework/docs/formats.md, *Record*). Throws RetortError if it is gone, DamagedError."""
        if self._record is None:
            self._record = self.store.record(self.key)
        return self._record

    @property
    def type(self):
        """Node type: "recover", "evaluate.student", …"""
        return self.record["type"]

    @property
    def about(self):
        """When, where and how long it was computed: `created` (UTC), `seconds`, `host`, `device`, `run`, …"""
        return self.record["about"] or {}

    @property
    def node(self):
        """Name of the node it was first computed for."""
        return self.about.get("node", "")

    @property
    def warnings(self):
        """What its node warned of, a list of sentences."""
        return self.about.get("warnings", [])

    @property
    def key_text(self):
        """What the key is the SHA-256 of (framework/docs/formats.md, *Keys*)."""
        return self.record["key_text"]

    @property
    def settings(self):
        """{"epochs": 200, "network": "resnet18", "network.width": 64, "seed": 0, …}: parameters, components by their type and
        the numeric environment, as the key holds them. Values that are neutral are not in it."""
        return _settings(self.key_text)

    @property
    def outputs(self):
        """{name: Artifact}; a file is compared with its digest once in the life of this object."""
        if self._outputs is None:
            roots = self.store.roots
            self._outputs = {name: Artifact(name, output, self.key, roots) for name, output in self.record["outputs"].items()}
        return self._outputs

    @property
    def made_from(self):
        """{"PORT[0]": Result}: the results its inputs came from. Those may be gone; asking them then throws."""
        return {port: Result(self.store, key) for port, key in self.about.get("made_from", {}).items()}

    def images(self, output=None, indices=None):
        """Its images in memory, as Images. `output` where there are several ("train", "val", "test"); `indices`: only these.

        Encoded data sets are decoded (needs Pillow). Throws RetortError if it has none, or several and none is named.
        """
        return self.images_of(output)[1].decoded(indices)

    def dataset(self, output=None, transform=None, normalization=None):
        """Its images as a torch Dataset of (float32 [C,H,W] normalised as a student's input, int); see ImageDataset. Encoded
        ones are decoded one by one."""
        return self.images_of(output)[1].dataset(transform, normalization)

    def labels(self, output=None):
        """Its labels, as Labels: of `relabel.*`, or those that images carry."""
        from .labels import Labels

        chosen = self._output(("labels", *_IMAGE_KINDS), output)
        return Labels.read(chosen) if chosen.kind == "labels" else Labels.of_images(self.images_of(chosen.name)[1])

    def network(self, output=None):
        """Its network as a torch Module, in eval mode: normalised images float32 [N,3,S,S] → logits [N,K], or features [N,F]
        without a head. `normalization()` says the constants. `convnet` and the small `vgg11` and `alexnet` are modules of this
        package, the others torchvision's or timm's. Throws RetortError, with the architectures there are, for another;
        MissingLibraryError."""
        from .network import network

        chosen = self._output(_NETWORK_KINDS, output)
        return network(chosen.meta, chosen.tensors("weights.safetensors"))

    def normalization(self, output=None):
        """The constants of its images or its network, as Normalization."""
        from .normalization import Normalization

        return Normalization.of(self._output((*_NETWORK_KINDS, *_IMAGE_KINDS), output).meta)

    def curves(self, output=None):
        """A DataFrame: a column a curve, a row a step. Needs pandas."""
        from .metrics import curves_of

        return curves_of(self._output(("curves",), output))

    def metrics(self, output=None):
        """{name: float}"""
        from .metrics import metrics_of

        return metrics_of(self._output(("metrics",), output))

    def to_hub(self, folder, output=None):
        """Writes its images as a data set that `datasets.load_dataset(folder)` reads; see export/hub.py."""
        from .export.hub import write

        return write(self, folder, output)

    def to_tensorboard(self, folder):
        """Writes its curves, metrics, settings and images for TensorBoard; see export/tensorboard.py."""
        from .export.tensorboard import write

        return write({self.node: self}, folder)

    def to_wandb(self, folder):
        """Writes the same as an offline run of Weights & Biases; see export/wandb.py."""
        from .export.wandb import write

        return write({self.node: self}, folder)

    def to_mlflow(self, uri):
        """Writes the same as a run of MLflow; see export/mlflow.py for what `uri` may be."""
        from .export.mlflow import write

        return write({self.node: self}, uri)

    def images_of(self, output=None):
        """(Artifact, Images or EncodedImages) of an output with images: encoded ones stay so."""
        from .encoded import EncodedImages
        from .images import Images

        chosen = self._output(_IMAGE_KINDS, output)
        return chosen, EncodedImages(chosen) if EncodedImages.is_in(chosen) else Images.read(chosen)

    def sheet(self, output=None, per_class=10, classes=20):
        """A sheet of its images, a row a class, for a notebook."""
        return self.images_of(output)[1].sheet(per_class, classes)

    def picture(self, output=None):
        """The picture that its node drew, as Picture: of `export.sheet` and `export.images`."""
        from .picture import Picture

        chosen = self._output(("sheet",), output)
        (file,) = chosen.files
        return Picture(chosen.read(file), self.node)

    def has(self, *kinds):
        """Whether an output is of one of these kinds and not left empty."""
        return any(each.kind in kinds and "absent" not in each.meta for each in self.outputs.values())

    def _output(self, kinds, name):
        outputs = self.outputs
        fitting = [each for each in outputs.values() if each.kind in kinds and name in (None, each.name)]
        what = f"{self.node} ({self.type}, {self.key[:12]})"
        if not fitting:
            have = ", ".join(f"{each.name} ({each.kind})" for each in outputs.values())
            raise RetortError(
                f"{what} has no output {f'{chr(34)}{name}{chr(34)} ' if name else ''}of kind {' or '.join(kinds)}; it has: {have}"
            )
        there = [each for each in fitting if "absent" not in each.meta]
        if not there:
            raise RetortError(f"{what}: {fitting[0].meta['absent']}")
        if len(there) > 1:
            raise RetortError(
                f"{what} has several outputs of kind {' or '.join(kinds)}: name one of {', '.join(each.name for each in there)}"
            )
        return there[0]

    def __eq__(self, other):
        return isinstance(other, Result) and (self.key, self.store) == (other.key, other.store)

    def __hash__(self):
        return hash(self.key)

    def __repr__(self):
        return f"<result of {self.node} ({self.type}) {self.key[:12]}>"

    def _repr_html_(self):
        from .markup import lines, table

        rows = [
            [each.name, each.kind, ", ".join(f"{name} ({size} bytes)" for name, size in each.files.items())]
            for each in self.outputs.values()
        ]
        shown = table(["output", "kind", "files"], rows, title=f"{self.node}: {self.type} {self.key[:12]}")
        drawn = self.picture()._repr_html_() if self.has("sheet") else ""
        return shown + drawn + lines(self.warnings)


_IMAGE_KINDS = ("images", "dataset")
_NETWORK_KINDS = ("classifier", "encoder")


def _settings(key_text):
    found = {}
    for line in key_text.splitlines():
        word, _, rest = line.partition(" ")
        if word == "param":
            path, _, value = rest.partition(" = ")
            found[path] = json.loads(value)
        elif word == "component":
            path, _, name = rest.partition(" ")
            found[path] = name
        elif word == "seed" or word == "threads":
            found[word] = int(rest)
        elif word in ("device", "precision", "torch"):
            found[word] = rest
    return found
