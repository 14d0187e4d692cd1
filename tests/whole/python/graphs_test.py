"""Every graph that is shipped reads, checks and plans, without its data: stand-ins of the right names lie where the data sets would."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import common

RETORT = common.command()
common.need_plugins("evaluate.dd_ranking", "deit_tiny", "distill.tesla", "dataset.imagenet", "moco_v3")
GRAPHS = common.SOURCE / "graphs"
STAND_INS = ["cifar-100-binary/train.bin", "cifar-100-binary/test.bin", "cifar-100-binary/fine_label_names.txt",
             "cifar-100-binary/coarse_label_names.txt", *(f"cifar-10-batches-bin/data_batch_{n}.bin" for n in range(1, 6)),
             "cifar-10-batches-bin/test_batch.bin", "cifar-10-batches-bin/batches.meta.txt", "tiny-imagenet-200/wnids.txt",
             "tiny-imagenet-200/words.txt", "tiny-imagenet-200/train/a", "tiny-imagenet-200/val/a", "imagenet/train/a/a.JPEG",
             "imagenet/val/a/a.JPEG"]


def read(path):
    """A graph without its comments, which JSON does not have."""
    return json.loads(re.sub(r"^\s*//.*$", "", path.read_text(), flags=re.MULTILINE))


def shipped():
    return sorted(path for path in GRAPHS.rglob("*.json") if path.name != "retort.schema.json")


def is_protocol(path):
    return (GRAPHS / "protocols") in path.parents


def included(path):
    names = read(path).get("include", [])
    return [(path.parent / name).resolve() for name in ([names] if isinstance(names, str) else names)]


class Graphs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.data = pathlib.Path(cls.folder.name) / "data"
        for name in STAND_INS:
            (cls.data / name).parent.mkdir(parents=True, exist_ok=True)
            (cls.data / name).write_text(name)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def retort(self, *words):
        env = dict(os.environ, RETORT_DATA=str(self.data), RETORT_STORE=str(pathlib.Path(self.folder.name) / "store"))
        done = subprocess.run([RETORT, *map(str, words)], env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=100)
        self.assertEqual(done.returncode, 0, f"retort {words}:\n{done.stdout}")
        return done.stdout

    def test_each_graph_plans(self):
        for path in shipped():
            if not is_protocol(path):
                with self.subTest(path=str(path.relative_to(GRAPHS))):
                    self.assertRegex(self.retort("plan", path), r"\d+ nodes")

    def test_each_protocol_is_part_of_a_graph(self):
        used, waiting = set(), [path for path in shipped() if not is_protocol(path)]
        while waiting:
            for path in included(waiting.pop()):
                if path not in used:
                    used.add(path)
                    waiting.append(path)
        self.assertEqual([str(path) for path in shipped() if is_protocol(path) and path.resolve() not in used], [])

    def test_each_published_row_stands_in_the_table_of_its_data_set(self):
        tables = {name: included(GRAPHS / "tables" / f"{name}.json") for name in ("cifar10", "cifar100", "tiny_imagenet", "imagenet")}
        for path in shipped():
            if path.stem in tables and path.parent.name != "tables":
                self.assertIn(path.resolve(), tables[path.stem])

    def test_a_table_repeats_the_rows_it_is_made_of(self):
        for path in sorted((GRAPHS / "tables").glob("*.json")):
            first = read(path)["tables"][0]
            if not isinstance(first.get("rows"), dict):
                continue
            expected = {}
            for row in included(path):
                if not is_protocol(row):
                    expected.update({node: label for label, node in read(row)["tables"][0]["rows"].items()})
            shown = {node: label.split(": ", 1)[1] if path.stem == "sc_dd_paper" else label for label, node in first["rows"].items()}
            self.assertEqual(shown, {node: label for node, label in expected.items() if node in shown}, path.name)
            if path.stem != "sc_dd_paper":
                self.assertEqual(set(shown), set(expected), path.name)

    def params(self, node, *words):
        """Of every node of this name before multiplication, as resolved: what the page holds."""
        page = pathlib.Path(self.folder.name) / "page.html"
        self.retort("report", *words, "-o", page)
        part = {name: json.loads(re.search(rf'<script[^>]*id="{name}"[^>]*>(.*?)</script>', page.read_text(), re.S)[1])
                for name in ("data", "details")}
        lines, bases = part["details"]["lines"], part["data"]["bases"]
        return [json.loads(lines[own["settings"]])["params"]
                for own, base in zip(part["details"]["nodes"], part["data"]["base"]) if bases[base] == node]

    def test_sc_dd_trains_students_as_its_script_or_as_its_table(self):
        """The script: 0.001, 600 half-steps of a cosine of which 400 are run; the table: 0.005, a whole cosine (arXiv 2404.07976)."""
        sc_dd = GRAPHS / "sc_dd"
        by_name = "let.sc_dd_cifar_student.ref=sc_dd_cifar_student_in_table"
        for words, wanted in (([sc_dd / "cifar100.json"], (0.001, 2, 300)), ([sc_dd / "cifar100_as_in_table.json"], (0.005, 1, 200)),
                              ([sc_dd / "cifar100.json", "--set", by_name], (0.005, 1, 200)),
                              ([sc_dd / "cifar100_half_hour.json"], (0.001, 2, 300))):
            for params in self.params("cifar100_sc_dd_score", *words):
                self.assertEqual((params["lr"], params["cosine_eta"], params["schedule_epochs"], params["epochs"]), (*wanted, 200))
        for name, rate, squeeze in (("imagenet", 0.1, "resnet50"), ("imagenet_as_in_table", 0.25, "resnet18")):
            self.assertEqual({each["lr"] for each in self.params("imagenet_sc_dd", sc_dd / f"{name}.json")}, {rate})
            network = self.params("imagenet_encoder", sc_dd / f"{name}.json")[0]["network"]
            self.assertEqual(network["type"], squeeze)

    def test_half_an_hour_of_a_card_cuts_nothing_that_is_published(self):
        whole, cut = GRAPHS / "sc_dd" / "cifar100.json", GRAPHS / "sc_dd" / "cifar100_half_hour.json"
        for node in ("cifar100_encoder", "cifar100_probe", "cifar100_sc_dd", "cifar100_sc_dd_score", "cifar100_teacher"):
            ours = self.params(node, cut)
            self.assertEqual(len(ours), 1, node)
            self.assertIn(ours[0], self.params(node, whole), node)

    def test_equal_protocols_give_every_source_one_student(self):
        for name in ("equal_protocol_cpu", "cifar10", "cifar100", "tiny_imagenet", "imagenet"):
            self.retort("validate", GRAPHS / "tables" / f"{name}.json")
            for label, change in read(GRAPHS / "tables" / f"{name}.json")["sweep"]["axes"]["source"].items():
                if label not in ("full data", "all data"):
                    self.assertLessEqual(set(change), {"score.inputs.images", "score.inputs.test"}, f"{name}: {label}")


if __name__ == "__main__":
    unittest.main()
