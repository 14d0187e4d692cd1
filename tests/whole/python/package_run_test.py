"""The Python package runs graphs, plans and shows tables: by the command, with its words, and stopped as it is."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
import unittest
from unittest import mock

from package_store import NODES, WithStore, common, package, wanted

retort = package()
from retort_dd import progress  # noqa: E402

LONG = {"data": NODES["data"], "long": {**NODES["teacher"], "params": {**NODES["teacher"]["params"], "epochs": 100000}}}


def last_event(store):
    """Of the newest run."""
    log = max(store.root.glob("runs/*/events.jsonl"))
    return json.loads(log.read_text("utf-8").splitlines()[-1])


class Runs(WithStore):
    def test_a_run_has_its_results(self):
        self.assertEqual((self.made.status, len(self.made.results)), ("done", len(self.made.nodes)))
        again = retort.run(self.graph, store=self.store)
        self.assertEqual({node["status"] for node in again.nodes}, {"hit"})
        self.assertEqual(again.results, self.made.results)
        self.assertTrue(self.made.warnings)
        with self.assertRaisesRegex(retort.RetortError, 'did you mean "teacher"'):
            self.made["teachr"]

    def test_what_is_set_is_set(self):
        other = retort.run(
            self.graph,
            set={"teacher.lr": 0.2, "teacher.network": {"type": "resnet18", "width": 2}},
            only="teacher",
            store=self.store,
        )
        self.assertEqual([(node["name"], node["status"]) for node in other.nodes], [("data", "hit"), ("teacher", "done")])
        settings = other["teacher"].settings
        self.assertEqual((settings["lr"], settings["network.width"]), (0.2, 2))
        swept = retort.run(
            self.graph,
            sweep={"teacher.schedule": ["cosine", "constant"]},
            only=[{"schedule": "constant", "seed": 0}],
            store=self.store,
        )
        self.assertEqual(swept["teacher{schedule=constant}"].settings["schedule"], "constant")
        self.assertNotIn("teacher{schedule=cosine}", swept.results)

    def test_a_mistake_is_told_in_the_commands_words(self):
        said = subprocess.run(
            ["retort", "run", self.graph, "--set", "teacher.epoch=3", "--store", self.store.root], capture_output=True, text=True
        )
        with self.assertRaises(retort.RetortError) as caught:
            retort.run(self.graph, set={"teacher.epoch": 3}, store=self.store)
        self.assertEqual((str(caught.exception), caught.exception.code, caught.exception.run), (said.stderr.strip(), 2, None))
        self.assertIn('did you mean "epochs"', str(caught.exception))

    def test_a_node_that_fails_leaves_the_others(self):
        (self.folder / "broken" / "a").mkdir(parents=True)
        (self.folder / "broken" / "a" / "1.png").write_text("no picture")
        graph = self.graph_of(
            "fails.json",
            {
                "data": NODES["data"],
                "bad": {"type": "dataset.image_folder", "params": {"path": str(self.folder / "broken")}},
                "after": {"type": "select.random", "inputs": {"data": "bad.train"}},
            },
        )
        with self.assertRaisesRegex(retort.RetortError, r"bad: failed \(data\): (?s:.)*neither JPEG nor PNG") as caught:
            retort.run(graph, store=self.store)
        made = caught.exception.run
        self.assertEqual((caught.exception.code, made.status, list(made.results)), (1, "failed", ["data"]))
        with self.assertRaisesRegex(retort.RetortError, "skipped in this run"):
            made["after"]

    def test_an_interrupt_stops_it_and_keeps_what_is_finished(self):
        graph, store = self.graph_of("long.json", LONG), retort.Store(self.folder / "stopped")

        def interrupt():
            while not any('"progress"' in log.read_text("utf-8") for log in store.root.glob("runs/*/events.jsonl")):
                time.sleep(0.05)
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=interrupt, daemon=True).start()
        with self.assertRaises(KeyboardInterrupt):
            retort.run(graph, store=store)
        self.assertEqual((last_event(store)["ev"], last_event(store)["status"]), ("end", "cancelled"))
        self.assertEqual([each.node for each in store.results() if not each.type.startswith("state of")], ["data"])

    def test_a_run_ends_with_the_python_that_started_it(self):
        graph, store = self.graph_of("long.json", LONG), retort.Store(self.folder / "orphan")
        code = f"import retort_dd; retort_dd.run({str(graph)!r}, store={str(store.root)!r})"
        python = subprocess.Popen(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(common.SOURCE / "framework" / "python")}
        )
        while not any('"progress"' in log.read_text("utf-8") for log in store.root.glob("runs/*/events.jsonl")):
            time.sleep(0.05)
        python.kill()
        python.wait()
        while last_event(store)["ev"] != "end":  # the test's time limit is what fails
            time.sleep(0.05)
        self.assertEqual(last_event(store)["status"], "cancelled")

    def test_without_a_command_it_says_so(self):
        with mock.patch.dict(os.environ, {"PATH": ""}), self.assertRaisesRegex(retort.RetortError, "no command retort"):
            retort.plan(self.graph)


class Progresses(unittest.TestCase):
    EVENTS = [
        {
            "ev": "run",
            "nodes": [{"name": "a", "status": "hit"}, {"name": "<b>", "status": "waiting"}, {"name": "c", "status": "waiting"}],
        },
        {"ev": "node", "node": "<b>", "status": "running"},
        {"ev": "progress", "node": "<b>", "done": 1, "total": 4},
        {"ev": "node", "node": "c", "status": "failed"},
    ]

    def setUp(self):
        self.log = mock.Mock(is_file=lambda: True)
        text = "\n".join(map(json.dumps, self.EVENTS))
        self.stream = io.BytesIO(text.encode() + b"\nnot an event\n" + b'{"ev": "node", "no')
        self.log.open = lambda mode: self.stream
        self.progress = progress.Progress(self.log)

    def test_it_adds_up(self):
        self.assertTrue(self.progress.read())
        self.assertEqual(self.progress.text, "2 of 3 nodes; <b> 25 %; 1 failed")
        self.assertAlmostEqual(self.progress.done, 2.25 / 3)
        at = self.stream.tell()
        self.stream.write(b'de": "<b>", "status": "done"}\n')  # the rest of a line that was cut off
        self.stream.seek(at)
        self.progress.read()
        self.assertEqual((self.progress.text, self.progress.done), ("3 of 3 nodes; 1 failed", 1.0))

    def test_a_terminal_has_one_line_and_a_notebook_escapes(self):
        self.progress.read()
        self.progress.status["\x1b[2J"] = "running"
        with mock.patch.object(sys, "stderr", io.StringIO()):
            shown = progress.display(True)
            shown.show(self.progress)
            self.assertTrue(sys.stderr.getvalue().startswith("\r\x1b[K2 of 4 nodes"))
            self.assertEqual(sys.stderr.getvalue().count("\x1b"), 1)
            shown.end()
            self.assertTrue(sys.stderr.getvalue().endswith("\r\x1b[K"))
        pages = []
        handle = mock.Mock(update=pages.append)
        ipython = mock.Mock(display=mock.Mock(HTML=str, display=lambda *_, **__: handle), get_ipython=lambda: mock.Mock(kernel=1))
        with mock.patch.dict(sys.modules, {"IPython": ipython, "IPython.display": ipython.display}):
            shown = progress.display()
            shown.show(self.progress)
        self.assertIn("&lt;b&gt; 25 %", pages[0])
        self.assertNotIn("<b>", pages[0])

    def test_it_is_quiet_where_nobody_looks(self):
        with mock.patch.object(sys, "stderr", io.StringIO()):
            for shown in (progress.display(), progress.display(False)):
                shown.show(self.progress)
                shown.end()
            self.assertEqual(sys.stderr.getvalue(), "")


class Tables(WithStore):
    def json(self, *words):
        return json.loads(
            subprocess.run(
                ["retort", *map(str, words), "--store", self.store.root, "--json"], capture_output=True, text=True, check=True
            ).stdout
        )

    def test_a_frame_holds_the_commands_numbers(self):
        wanted("pandas")
        (table,) = self.json("table", self.graph)
        for stat in ("mean", "std", "n"):
            frame = retort.table(self.graph, stat=stat, store=self.store)
            self.assertEqual(list(frame.columns), table["columns"])
            for row in table["rows"]:
                self.assertEqual(
                    frame.loc[row["label"]["lr/ä <b>"]].tolist(), [row["cells"][name][stat] for name in table["columns"]]
                )
        self.assertTrue(self.made.table().equals(retort.table(self.graph, store=self.store)))
        self.assertEqual(retort.table(self.graph, store=self.store).attrs["title"], "<i>Accuracy</i>")
        with self.assertRaisesRegex(retort.RetortError, "has 1 tables, there is no table 1"):
            retort.table(self.graph, 1, store=self.store)

    def test_a_table_of_ones_own(self):
        wanted("pandas")
        (table,) = retort.tables(
            self.graph,
            store=self.store,
            node="score",
            metric=["accuracy_last", "student_steps"],
            rows=[],
            columns=["lr/ä <b>"],
            baseline={"lr/ä <b>": 0.001},
        )
        frame, long = table.frame("difference.mean"), table.long()
        self.assertEqual(frame.isna().sum(axis=1).tolist(), [2])
        self.assertEqual(len(long), 8)
        for _, line in long.iterrows():
            self.assertIn(line["value"], self.store.result(line["key"]).metrics().values())

    def test_a_table_is_shown_escaped(self):
        html = self.made._repr_html_()
        self.assertIn("<caption>&lt;i&gt;Accuracy&lt;/i&gt;</caption>", html)
        self.assertIn("<th>lr/ä &lt;b&gt;</th>", html)
        self.assertNotIn("<b>", html)
        self.assertIn(" ± ", html)
        (stale,) = retort.tables(self.graph, set={"score.epochs": 1}, store=self.store)
        self.assertIn("<td>stale</td>", stale._repr_html_())

    def test_a_plan(self):
        plan, said = retort.plan(self.graph, set={"score.epochs": 1}, store=self.store), self.json(
            "plan", self.graph, "--set", "score.epochs=1"
        )
        self.assertEqual(plan.counts, {state: said[state] for state in ("hit", "run", "maybe", "not needed")})
        self.assertEqual(plan.counts["run"], 4)
        self.assertIn("&lt;b&gt;", plan._repr_html_())
        wanted("pandas")
        why = plan.frame().set_index("node")["why"]["score{lr/ä <b>=0.1,seed=0}"]
        self.assertIn("epochs 2 -> 1", why)

    def test_a_report(self):
        report = retort.report(self.graph, self.folder / "report.html", store=self.store)
        self.assertEqual(report.html, (self.folder / "report.html").read_text("utf-8"))
        frame = report._repr_html_()
        self.assertEqual((frame.count("<iframe"), frame.count("<")), (1, 2))
        self.assertIn('sandbox="allow-scripts"', frame)
        self.assertIn("<!doctype html", self.made.report().html[:100].lower())
        self.assertNotIn("<iframe", retort.Report("x" * (3 << 20))._repr_html_())


if __name__ == "__main__":
    unittest.main(verbosity=2)
