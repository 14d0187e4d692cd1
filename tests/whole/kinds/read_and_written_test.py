"""Files of other programs: what is written for them and read from them keeps the contract of its kind in every form it has."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))
import common
import stored_kinds

RETORT = common.command()
common.need_plugins("dataset.shapes", "dataset.image_folder", "pretrain.supervised", "export.images", "export.checkpoint",
                    "export.sheet", "import.checkpoint", "relabel.hard", "resnet18")
NETWORK = {"type": "resnet18", "width": 4}
WRITTEN = {
    "data": {"type": "dataset.shapes", "params": {"classes": 3, "per_class": 12, "test_per_class": 2, "size": 16}},
    "teacher": {"type": "pretrain.supervised", "inputs": {"data": "data.train"}, "params": {"network": NETWORK, "epochs": 1, "batch": 32}},
    **{form: {"type": "export.images", "inputs": {"images": "data.train"}, "params": {"format": form}}
       for form in ("png", "jpeg", "safetensors")},
    "weights": {"type": "export.checkpoint", "inputs": {"network": "teacher"}},
    "torch": {"type": "export.checkpoint", "inputs": {"network": "teacher"}, "params": {"format": "pt"}},
    "sheet": {"type": "export.sheet", "inputs": {"images": ["data.train"]}, "params": {"titles": ["real"]}},
    "hard": {"type": "relabel.hard"},
}


class ReadAndWritten(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.here = pathlib.Path(self.folder.name)
        self.store = self.here / "store"

    def retort(self, *words):
        done = subprocess.run([RETORT, *map(str, words), "--store", self.store], text=True, cwd=self.here, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=280)
        self.assertEqual(done.returncode, 0, done.stdout)

    def run_graph(self, name, nodes):
        (self.here / name).write_text(json.dumps({"retort": 1, "title": name, "threads": 1, "nodes": nodes}))
        self.retort("run", name, "--plain")

    def test_contracts(self):
        self.run_graph("written.json", WRITTEN)
        self.retort("export", "written.json", "png", "images")
        self.retort("export", "written.json", "weights", "network")
        images = next(path.parent.parent for path in (self.here / "images").rglob("*.png") if path.name != "sheet.png")
        weights = next((self.here / "network").rglob("model.safetensors"))
        read = {form: {"type": "dataset.image_folder",
                       "params": {"path": str(images), "image_size": 16, "val_per_class": 1, "stored": form}}
                for form in ("pixels", "encoded")}
        read["network"] = {"type": "import.checkpoint", "params": {"file": str(weights), "network": NETWORK, "image_size": 16}}
        self.run_graph("read.json", read)
        problems, there, _ = stored_kinds.check(self.store, RETORT)
        self.assertEqual(problems, [])
        self.assertLessEqual({"dataset", "encoder", "classifier", "labels", "report", "sheet", "folder"}, there)


if __name__ == "__main__":
    unittest.main()
