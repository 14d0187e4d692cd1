"""The file that `retort report` writes, read as a program reads it. What a browser makes of it: ./dev torture page."""
import base64
import json
import subprocess
import time
import unittest

from shop import BIN, HOSTILE, Page, Shop, hostile_graph, unneeded_graph


def statuses(data):
    return {name: data["statuses"][row[0]]["name"] for name, row in zip(data["name"], data["rows"])}


def text(data, node, column):
    value = data["rows"][data["name"].index(node)][column]
    return data["texts"][value[0]] if isinstance(value, list) else value


class Report(unittest.TestCase):
    def setUp(self):
        self.shop = Shop().__enter__()
        self.addCleanup(self.shop.__exit__)

    def page(self, *words):
        done = self.shop.retort("report", *words, "-o", "r.html")
        self.assertEqual(done.stdout, "r.html\n")
        return Page((self.shop.folder / "r.html").read_text())

    def test_a_graph_that_never_ran(self):
        self.shop.graph({"a": {"type": "test.text"}, "b": {"type": "test.copy", "inputs": {"from": "a"}}}, title="T")
        data = self.page("g.json").part("data")
        self.assertEqual(statuses(data), {"a": "waiting", "b": "waiting"})
        self.assertEqual(text(data, "a", 7), "no result yet")
        self.assertEqual(data["after"], [[], [0]])
        self.assertEqual((data["title"], data["run"], data["command"]), ("T", "", "retort run g.json"))

    def test_a_result_that_nothing_needs(self):
        unneeded_graph(self.shop)
        for name in ("g.json", self.shop.run_ids()[-1]):
            page = self.page(name)
            data = page.part("data")
            self.assertEqual(statuses(data), {"a": "not needed", "b": "hit"})
            self.assertTrue(all(one["words"] for one in data["statuses"]))
            for one in data["statuses"]:  # each has its colour, in light and in dark
                colour = one["name"].replace(" ", "-")
                self.assertEqual(page.text.count(f"--{colour}: #"), 2, colour)
                self.assertIn(f".s-{colour} {{", page.text)

    def test_a_run_with_a_failure(self):
        self.shop.graph({"a": {"type": "test.text"}, "bad": {"type": "test.misbehave", "inputs": {"from": "a"}},
                         "c": {"type": "test.copy", "inputs": {"from": "bad"}}})
        self.shop.retort("run", "g.json", "--set", "a.text=x y", code=1)
        for name in (self.shop.run_ids()[0], "g.json"):
            more = [] if name != "g.json" else ["--set", "a.text=x y"]
            data = self.page(name, *more).part("data")
            self.assertEqual(statuses(data), {"a": "done", "bad": "failed", "c": "skipped"})
            self.assertIn("the data are bad", text(data, "bad", 8))
            self.assertEqual(data["status"], "failed")
            self.assertEqual(data["command"], "retort run g.json --set 'a.text=x y'")
            self.assertEqual(data["folder"], str(self.shop.folder.resolve()))

    def test_tables_curves_images_and_key_texts(self):
        self.shop.graph(
            {"pictures": {"type": "test.picture"}, "text": {"type": "test.text"}, "score": {"type": "test.score", "inputs": {"from": "text"}}},
            sweep={"axes": {"offset": {"path": "score.offset", "values": [0.5, 10]}}, "replicate": {"seed": [0, 1, 2], "nodes": ["score"]}},
            tables=[{"title": "Scores", "node": "score", "metrics": ["score"], "rows": ["offset"]}])
        self.shop.retort("run", "g.json")
        run = self.shop.run_ids()[0]
        for name in ("g.json", run):
            page = self.page(name)
            data = page.part("data")
            table = data["tables"][0]
            self.assertEqual(table["title"], "Scores")
            cells = [cell for row in table["rows"] for cell in row["cells"].values()]
            self.assertEqual([cell["values"] for cell in cells], [[0.5, 1.5, 2.5], [10, 11, 12]])
            self.assertEqual(sorted(data["axes"]), ["offset", "seed"])
            curves = {metric["name"]: metric["curves"] for metric in page.part("curves")}
            at = data["name"].index("pictures")
            self.assertEqual(curves["loss"], [[at, 0, 1, 1, 0.5, 2, 0.333333, 3, 0.25, 4, 0.2]])
            sheet = page.part("sheets")[0]
            self.assertEqual((sheet["node"], sheet["count"], [row["label"] for row in sheet["rows"]]), (at, 6, ["red", "green"]))
            self.assertEqual((sheet["rows"][0]["width"], sheet["rows"][0]["height"]), (3 * 8 + 2 * 2, 8))
            self.assertTrue(base64.b64decode(sheet["rows"][0]["image"].split(",")[1]).startswith(b"\x89PNG"))
            details = page.part("details")
            shown = "\n".join(details["lines"][line] for line in details["nodes"][at]["text"]) + "\n"
            record = json.loads(self.shop.retort("show", "pictures", "--json").stdout)
            self.assertEqual(shown, record["key_text"])
            self.assertEqual(details["nodes"][at]["key"], record["key"])

    def test_a_sheet_that_cannot_be_shown_says_why(self):
        self.shop.graph({"a": {"type": "test.picture", "params": {"cut": True}}, "b": {"type": "test.picture", "params": {"per_class": 2}},
                         "c": {"type": "test.picture"}})
        self.shop.retort("run", "g.json")
        page = self.page("g.json", "--sheets", "2")
        problems = [sheet.get("problem") for sheet in page.part("sheets")]
        self.assertEqual(problems, ['the tensor file ends before tensor "images" does', None, "left out: the page shows 2 sheets (--sheets N)"])

    def test_hostile_names_stay_text(self):
        hostile_graph(self.shop)
        self.shop.retort("run", "g.json")
        page = self.page("g.json")
        tags = [tag for tag, _ in page.elements]
        self.assertEqual(tags.count("script"), 5)
        self.assertNotIn("img", tags)
        for _, attributes in page.elements:
            self.assertFalse([name for name in attributes if name.startswith("on")])
            self.assertFalse([value for name, value in attributes.items() if name in ("src", "href") and not value.startswith("data:,")])
        self.assertEqual(page.part("data")["title"], HOSTILE)
        self.assertEqual(page.part("sheets")[0]["rows"][0]["label"], HOSTILE)
        self.assertIn("default-src 'none'", page.policy)
        self.assertNotIn("unsafe", page.policy)

    def test_a_run_that_was_killed(self):
        self.shop.graph({"s": {"type": "test.sleep", "params": {"steps": 1000, "milliseconds": 20}}})
        process = subprocess.Popen([BIN, "run", "g.json"], cwd=self.shop.folder, env=self.shop.environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not list(self.shop.folder.glob("store/runs/*/events.jsonl")):
            time.sleep(0.02)
        run = self.shop.run_ids()[0]
        while "running" not in statuses(self.page(run).part("data")).values():
            time.sleep(0.1)
        self.assertEqual(self.page(run).part("data")["status"], "running")
        process.kill()
        process.wait()
        self.assertEqual(self.page(run).part("data")["status"], "interrupted")

    def test_a_name_that_is_nothing(self):
        self.shop.graph({"a": {"type": "test.text"}})
        self.shop.retort("run", "g.json")
        run = self.shop.run_ids()[0]
        done = self.shop.retort("report", run[:-1] + "z", code=2)
        store = (self.shop.folder / "store")
        self.assertEqual(done.stderr, f'retort: "{run[:-1]}z" is neither a graph file nor a run of {store}; did you mean "{run}"?\n')


if __name__ == "__main__":
    unittest.main()
