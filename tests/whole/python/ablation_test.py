"""An ablation of 36 cells and 5 seeds on toy nodes: what runs after each kind of change, and whether the table's statistics are those
that Python computes from the exported values."""
import collections
import csv
import io
import json
import math
import os
import pathlib
import statistics
import subprocess
import tempfile
import unittest

import common

RETORT = common.command()
PLUGINS = os.environ.get("RETORT_TEST_PLUGINS", "")
if not pathlib.Path(PLUGINS, "test_exam.json").exists():
    common.skip("the test plugins are not built")


def graph():
    """4 losses × 3 label settings × 3 skills × 5 seeds: text -> encoder -> images -> labels -> score."""
    return {
        "retort": 1,
        "nodes": {
            "data": {"type": "test.text", "params": {"text": "some data"}},
            "encoder": {"type": "test.copy", "inputs": {"from": "data"}, "params": {"suffix": " encoded"}},
            "images": {"type": "test.copy", "inputs": {"from": "encoder"}, "params": {"suffix": " plain"}},
            "labels": {"type": "test.copy", "inputs": {"from": "images"}, "params": {"suffix": "!"}},
            "score": {"type": "test.exam", "inputs": {"from": "labels"}},
        },
        "sweep": {
            "axes": {
                "loss": {"plain": {}, "dm": {"images.suffix": " dm"}, "mmd": {"images.suffix": " mmd"},
                         "bn": {"images.suffix": " bn"}},
                "labels": {"path": "labels.times", "values": [1, 2, 3]},
                "skill": {"path": "score.skill", "values": [0.3, 0.5, 0.9]},
            },
            "replicate": {"seed": [0, 1, 2, 3, 4]},
        },
        "tables": [{"title": "Accuracy", "node": "score", "metrics": ["accuracy"], "rows": ["loss", "labels"], "columns": ["skill"],
                    "stat": ["mean", "std", "ci", "n"], "baseline": {"loss": "plain"}, "best": "max"}],
    }


class Ablation:
    """A folder with the graph and a store."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self._folder.name)
        self.graph = graph()

    def retort(self, *words, code=0):
        (self.folder / "g.json").write_text(json.dumps(self.graph))
        env = dict(os.environ, RETORT_PLUGIN_PATH=PLUGINS, RETORT_STORE=str(self.folder / "store"))
        done = subprocess.run([RETORT, *words], cwd=self.folder, env=env, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=250)
        if done.returncode != code:
            raise AssertionError(f"retort {' '.join(words)} left with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def run(self, *more, code=0):
        """Runs and counts nodes by base name: how many ran. What plan said must be what ran."""
        planned = json.loads(self.retort("plan", "g.json", "--json", *more)) if code == 0 else None
        outcome = json.loads(self.retort("run", "g.json", "--json", *more, code=code))
        ran = collections.Counter(node["name"].split("{")[0] for node in outcome["nodes"] if node["status"] == "done")
        if planned and sum(ran.values()) > planned["run"] + planned["maybe"]:
            raise AssertionError(f"{ran} ran, the plan said {planned['run']} and maybe {planned['maybe']}")
        return dict(ran)


def t_quantile(confidence, degrees):
    """Student's t by integrating its density: no table, no library."""
    scale = math.exp(math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)) / math.sqrt(degrees * math.pi)
    density = lambda x: scale * (1 + x * x / degrees) ** (-(degrees + 1) / 2)

    def inside(t, steps=2000):  # Simpson, from -t to t
        width = t / steps
        total = density(0) + density(t) + sum((4 if i % 2 else 2) * density(i * width) for i in range(1, steps))
        return 2 * total * width / 3

    low, high = 0.0, 700.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if inside(middle) < confidence else (low, middle)
    return low


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


class Changes(unittest.TestCase):
    """What runs after each kind of change: no more, no less."""

    ALL = {"data": 1, "encoder": 1, "images": 4, "labels": 12, "score": 180}

    def test_each_kind_of_change_runs_what_it_touches(self):
        work = Ablation()
        axes = work.graph["sweep"]["axes"]
        self.assertEqual(work.run(), self.ALL, "the first run")
        self.assertEqual(work.run(), {}, "nothing changed")

        axes["loss"]["mmd"]["images.suffix"] = " mmd, wider"
        self.assertEqual(work.run(), {"images": 1, "labels": 3, "score": 45}, "one loss")
        axes["labels"]["values"][2] = 4
        self.assertEqual(work.run(), {"labels": 4, "score": 60}, "one value of an axis in the middle")
        axes["skill"]["values"][0] = 0.35
        self.assertEqual(work.run(), {"score": 60}, "one value of an axis at the end")
        axes["loss"]["gm"] = {"images.suffix": " gm"}
        self.assertEqual(work.run(), {"images": 1, "labels": 3, "score": 45}, "one more loss")
        self.assertEqual(work.run("--add-seeds", "1"), {"score": 45}, "one more seed")

        del axes["loss"]["gm"]
        work.graph["sweep"]["exclude"] = [{"loss": "dm", "skill": 0.9}]
        self.assertEqual(work.run(), {}, "fewer cells")
        work.graph["sweep"]["include"] = [{"loss": "dm", "skill": 0.95}]
        self.assertEqual(work.run(), {"score": 5}, "one more cell")
        del work.graph["sweep"]["exclude"], work.graph["sweep"]["include"]

        nodes = work.graph["nodes"]
        work.graph.update(title="another title", description="words")
        nodes["data"]["params"]["log_every"] = 7
        nodes["pictures"] = nodes.pop("images")
        nodes["labels"]["inputs"]["from"] = "pictures"
        for value in axes["loss"].values():
            for path in list(value):
                value[path.replace("images.", "pictures.")] = value.pop(path)
        self.assertEqual(work.run(), {}, "names, words, and what changes no result")
        work.graph["sweep"]["mode"] = "one_at_a_time"
        self.assertEqual(work.run(), {}, "a part of the same cells")
        del work.graph["sweep"]["mode"]
        self.assertEqual(work.run("--set", "score.questions=20", "--only", "loss=bn,skill=0.5"), {"score": 15}, "only some cells")
        nodes["data"]["params"]["text"] = "other data"
        self.assertEqual(work.run("--until", "labels"), {"data": 1, "encoder": 1, "pictures": 4, "labels": 12}, "the root, up to a node")
        self.assertEqual(work.run("--from", "score"), {"score": 180}, "the rest")

    def test_equal_bytes_cut_off(self):
        work = Ablation()
        work.graph["sweep"]["replicate"]["seed"] = [0]
        work.run()
        work.graph["nodes"]["encoder"]["params"] = {"suffix": " enc", "times": 1}
        work.graph["nodes"]["data"]["params"]["text"] = "some data"
        self.assertEqual(work.run(), {"encoder": 1, "images": 4, "labels": 12, "score": 36})
        # Another way to the same text: the encoder runs, what hangs on it does not.
        work.graph["nodes"]["encoder"]["params"] = {"suffix": "", "times": 1}
        work.graph["nodes"]["data"]["params"]["text"] = "some data enc"
        self.assertEqual(work.run(), {"data": 1, "encoder": 1})


class Statistics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = Ablation()
        cls.work.graph["sweep"]["axes"]["skill"]["values"] = [0.3, 0.9]
        cls.work.run()
        cls.values = collections.defaultdict(dict)  # (loss, labels, column) -> seed -> value
        for row in rows_of(cls.work.retort("table", "g.json", "--format", "long-csv")):
            cls.values[row["loss"], row["labels"], row["column"]][row["replicate"]] = float(row["value"])
        cls.table = rows_of(cls.work.retort("table", "g.json", "--csv"))
        cls.t = t_quantile(0.95, 4)

    def test_the_quantile_is_that_of_the_books(self):
        self.assertAlmostEqual(self.t, 2.776445, places=5)

    def check(self, row, name, values, shown):
        """One summary: mean, and its interval."""
        half = self.t * statistics.stdev(values) / math.sqrt(len(values))
        self.assertAlmostEqual(float(row[shown]), statistics.mean(values), places=9, msg=name)
        self.assertAlmostEqual(float(row[f"{shown} low"]), statistics.mean(values) - half, places=7, msg=name)
        self.assertAlmostEqual(float(row[f"{shown} high"]), statistics.mean(values) + half, places=7, msg=name)

    def test_every_cell_is_what_python_computes(self):
        self.assertEqual(len(self.table), 12)
        cells = 0
        for row in self.table:
            for column in ("skill=0.3", "skill=0.9"):
                own = self.values[row["loss"], row["labels"], column]
                self.check(row, str(row), list(own.values()), column)
                self.assertAlmostEqual(float(row[f"{column} std"]), statistics.stdev(own.values()), places=9)
                self.assertEqual(row[f"{column} n"], "5")
                base = self.values["plain", row["labels"], column]
                if row["loss"] == "plain":
                    self.assertEqual(row[f"{column} difference"], "")
                else:
                    self.check(row, str(row), [own[seed] - base[seed] for seed in own], f"{column} difference")
                cells += 1
        self.assertEqual(cells, 24)

    def test_values_differ_enough_to_mean_something(self):
        self.assertGreater(len({value for cell in self.values.values() for value in cell.values()}), 10)

    def test_the_best_is_where_the_intervals_say_so(self):
        for table in json.loads(self.work.retort("table", "g.json", "--json")):
            for column in table["columns"]:
                cells = [row["cells"][column] for row in table["rows"]]
                marked = [cell for cell in cells if cell.get("best")]
                best = max(cells, key=lambda cell: cell["mean"])
                clear = all(self.beats(best, other) for other in cells if other is not best)
                self.assertLessEqual(len(marked), 1)
                if marked:  # over the test images too, which tests/framework/tables shows
                    self.assertEqual(marked, [best])
                    self.assertTrue(clear)

    def beats(self, cell, other):
        differences = [a - b for a, b in zip(cell["values"], other["values"])]
        half = self.t * statistics.stdev(differences) / math.sqrt(len(differences))
        return statistics.mean(differences) - half > 0

    def test_a_failed_a_stale_and_a_missing_cell_are_seen(self):
        work = Ablation()
        work.graph["sweep"]["axes"] = {"skill": {"path": "score.skill", "values": [0.3, 0.9]}}
        work.graph["sweep"]["replicate"]["seed"] = [0, 1]
        work.graph["tables"][0].update(rows=["skill"], columns=[], baseline={}, stat=["mean", "n"])
        del work.graph["tables"][0]["best"]
        work.run("--only", "skill=0.3")
        self.assertIn("missing", work.retort("table", "g.json"))
        work.run("--set", "score.fail_at_seed=1", code=1)
        shown = work.retort("table", "g.json", "--set", "score.fail_at_seed=1")
        self.assertEqual(shown.count("(n=1 of 2: 1 failed)"), 2, shown)
        shown = work.retort("table", "g.json", "--set", "score.questions=10")
        self.assertIn("stale", shown)
        # Only what failed runs again, once its cause is gone.
        self.assertEqual(work.run("--set", "score.fail_at_seed=1", "--only-failed", code=1), {})


class Commands(unittest.TestCase):
    """What plan, diff and choices of cells print."""

    @classmethod
    def setUpClass(cls):
        cls.work = Ablation()
        cls.work.graph["sweep"]["axes"] = {"loss": {"plain": {}, "dm": {"images.suffix": " dm"}},
                                           "skill": {"path": "score.skill", "values": [0.3, 0.9]}}
        cls.work.graph["sweep"]["replicate"]["seed"] = [0, 1]
        cls.work.graph["tables"] = [{"node": "score", "metrics": ["accuracy"], "rows": ["loss"], "columns": ["skill"]}]
        cls.work.run()

    def plan(self, *more):
        return json.loads(self.work.retort("plan", "g.json", "--json", *more))

    def test_a_finished_graph_costs_nothing(self):
        plan = self.plan()
        self.assertEqual((plan["cells"], plan["hit"], plan["results"], plan["seconds"], plan["bytes"]), (4, 14, 0, {}, 0))

    def test_prices_are_learned_from_what_ran(self):
        plan = self.plan("--set", "encoder.suffix=x")
        self.assertEqual((plan["run"], plan["maybe"], plan["unknown"]), (1, 12, 0))
        self.assertGreater(plan["seconds"]["cpu"], 0)
        self.assertGreater(plan["bytes"], 8 * 40 * 8, "the predictions of eight students")
        bases = [name.split("{")[0] for name in plan["critical_path"]["nodes"]]
        self.assertEqual(bases, ["encoder", "images", "labels", "score"])
        self.assertLess(plan["critical_path"]["seconds"], plan["seconds"]["cpu"])

    def test_a_listing_has_pages(self):
        more = ["--sweep", "score.questions=" + ",".join(str(n) for n in range(1, 40))]
        first = self.work.retort("plan", "g.json", *more).splitlines()
        self.assertEqual(len(first), 50 + 2)
        self.assertEqual(first[50], "page 1 of 7 (--page N, --all)")
        self.assertTrue(first[51].startswith("318 nodes in 156 cells: 6 hit, 312 run, 0 maybe; about "), first[51])
        last = self.work.retort("plan", "g.json", "--page", "7", *more).splitlines()
        self.assertEqual(len(last), 12 + 2)
        self.assertEqual(len(self.work.retort("plan", "g.json", "--all", *more).splitlines()), 312 + 1)
        self.assertEqual(len(self.plan("--page", "7", *more)["nodes"]), 18)

    def test_diff_names_the_first_cause(self):
        shown = self.work.retort("diff", "g.json", "loss=plain,skill=0.3,seed=1", "loss=dm,skill=0.3,seed=1")
        self.assertIn("because  images: suffix \" plain\" -> \" dm\"", shown)
        self.assertEqual(shown.count("because"), 1, shown)
        both = json.loads(self.work.retort("diff", "g.json", "--json", "loss=plain,skill=0.3", "loss=dm,skill=0.9"))
        self.assertEqual([cause.split(" (")[0] for cause in both["causes"]],
                         ["images: suffix \" plain\" -> \" dm\"", "score: skill 0.3 -> 0.9"])
        self.assertIn("accuracy", both["metrics"])

    def test_columns_and_rows_are_chosen(self):
        table = json.loads(self.work.retort("table", "g.json", "--json", "--rows", "skill", "--columns", "loss"))[0]
        self.assertEqual((table["labels"], table["columns"]), (["skill"], ["loss=plain", "loss=dm"]))
        keys = self.work.retort("table", "g.json", "--keys").splitlines()[-8:]
        self.assertTrue(all(len(line.split("  ")[0]) == 64 and line.split("  ")[1] == "there" for line in keys), keys)

    def test_nothing_failed(self):
        self.assertEqual(self.work.retort("run", "g.json", "--only-failed"), "nothing failed in the newest runs of g.json\n")


if __name__ == "__main__":
    unittest.main(verbosity=2)
