"""Every plugin that computes runs on a device other than the processor: a CUDA card where there is one, else the stand-in
(stand_in.cpp), which refuses what a card would refuse."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

WHOLE = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(WHOLE / "python"), str(WHOLE / "kinds")]
import common
import stored_kinds

HERE = pathlib.Path(__file__).resolve().parent
RETORT = common.command()
HAS_CARD = pathlib.Path("/dev/nvidia0").exists()
ENVIRONMENT = dict(os.environ)
if not HAS_CARD:
    ENVIRONMENT.update(RETORT_CARDS="stand-in", LD_PRELOAD=common.tool("RETORT_STAND_IN"))
# What computes on the processor wherever the run is, or is tried with the files it needs elsewhere.
ELSEWHERE = {"dataset.cifar10", "dataset.cifar100", "dataset.image_folder", "dataset.imagenet", "dataset.tiny_imagenet",
             "dataset.icons", "evaluate.dd_ranking", "export.checkpoint", "export.images", "export.sheet", "import.checkpoint",
             "relabel.hard"}
FOR_PEOPLE = {"sheet", "folder"}  # kinds that only those write


def named(value):
    """The types of all plugins that a resolved graph names."""
    if isinstance(value, dict):
        yield from ([value["type"]] if isinstance(value.get("type"), str) else [])
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from named(each)


class EveryPlugin(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.store = pathlib.Path(self.folder.name) / "store"

    def retort(self, *words, status=0, **more):
        done = subprocess.run([RETORT, *map(str, words)], env={**ENVIRONMENT, **more}, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=800)
        self.assertEqual(done.returncode, status, done.stdout)
        return done.stdout

    def test_all_run(self):
        self.retort("run", HERE / "every_plugin.json", "--store", self.store, "--plain")
        graphs = [json.loads(path.read_text()) for path in self.store.glob("runs/*/graph.json")]
        self.assertEqual(len(graphs), 1)
        built = {json.loads(path.read_text())["type"] for folder in os.environ["RETORT_PLUGIN_PATH"].split(":")
                 for path in pathlib.Path(folder).glob("*.json")}
        self.assertEqual(built - ELSEWHERE - set(named(graphs)), set(), "not in every_plugin.json")
        problems, there, kinds = stored_kinds.check(self.store, RETORT)
        self.assertEqual(problems, [], "contracts of kinds that are not kept")
        self.assertEqual(kinds - there, FOR_PEOPLE, "kinds that no node of every_plugin.json writes")

    @unittest.skipIf(HAS_CARD, "a card does this itself")
    def test_the_stand_in_notices(self):
        seen = {"nothing": "done in", "operand": "Expected all tensors to be on the same device",
                "generator": "Expected a 'cuda' device type for generator but found 'cpu'",
                "seed": "draws from the card's own generator", "pointer": "SIGSEGV"}
        for forgets, words in seen.items():
            with self.subTest(forgets):
                graph = pathlib.Path(self.folder.name) / f"{forgets}.json"
                node = {"type": "test.forgetful", "params": {"forgets": forgets}}
                graph.write_text(json.dumps({"retort": 1, "title": "test", "device": "cuda", "nodes": {"sum": node}}))
                said = self.retort("run", graph, "--store", self.store, "--plain", status=0 if forgets == "nothing" else 1,
                                   RETORT_PLUGIN_PATH=os.environ["RETORT_FORGETFUL"])
                self.assertIn(words, said)


if __name__ == "__main__":
    unittest.main()
