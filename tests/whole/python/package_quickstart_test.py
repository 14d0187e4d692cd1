"""What a first try in a notebook gives: the quickstart, its tables and its sheet, and its networks."""

import os
import pathlib
import struct
import subprocess
import tempfile
import unittest
from unittest import mock

from package_store import package

retort = package(
    "dataset.icons", "pretrain.ssl", "simclr", "probe.linear", "evaluate.knn", "evaluate.teacher_agreement", "export.sheet"
)
import torch  # noqa: E402

from retort_dd import graph_run  # noqa: E402

SMALL = {
    "data.per_class": 20,
    "data.test_per_class": 5,
    "teacher.epochs": 2,
    "encoder.epochs": 1,
    "encoder.batch": 50,
    "probe.epochs": 2,
    "sre2l.iterations": 1,
    "sc_dd.iterations": 1,
    "independent.epochs": 1,
    "score.epochs": 1,
}
LABELS = {
    f"{labels}.{name}": value
    for labels in ("teacher_labels", "probe_labels")
    for name, value in {"form": "image", "inputs.images": "data.train"}.items()
}


class Quickstart(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """In a working folder of its own, which must stay empty."""
        cls.temporary, cls.where = tempfile.TemporaryDirectory(), os.getcwd()
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.addClassCleanup(os.chdir, cls.where)
        cls.folder = pathlib.Path(cls.temporary.name)
        (cls.folder / "work").mkdir()
        os.chdir(cls.folder / "work")
        cls.store = retort.Store(cls.folder / "store")
        cls.run_ = retort.quickstart(set=SMALL, only=[{"seed": 0}], store=cls.store)

    def test_it_is_the_graph_that_the_command_runs(self):
        self.assertEqual(self.run_.status, "done")
        self.assertEqual(self.run_.graph.name, "quickstart.json")
        self.assertEqual(retort.plan(self.run_.graph, set=SMALL, only={"seed": 0}, store=self.store).counts["run"], 0)
        said = subprocess.run(
            ["retort", "quickstart", "--set", "teacher.epoch=1", "--store", self.store.root], capture_output=True, text=True
        )
        with self.assertRaises(retort.RetortError) as caught:
            retort.quickstart(set={"teacher.epoch": 1}, store=self.store)
        self.assertEqual((str(caught.exception), caught.exception.code), (said.stderr.strip(), 2))
        with self.assertRaises(TypeError):
            retort.quickstart(graph="other.json", store=self.store)

    def test_a_notebook_shows_tables_and_the_sheet(self):
        html = self.run_._repr_html_()
        self.assertIn("Test accuracy of a network trained on 10 images a class", html)
        self.assertEqual(html.count("<img"), 1)
        ((node, sheet),) = self.run_.pictures.items()
        self.assertEqual(node, "sheet{seed=0}")
        stored = self.run_[node].outputs["sheet"].read("sheet.png")
        self.assertEqual((sheet.png, sheet.size), (stored, struct.unpack(">II", stored[16:24])))
        self.assertEqual(sheet.size[0] // 1000, 1, "too wide for a page: shown at half its size")
        self.assertIn(f"width={sheet.size[0] // 2} height={sheet.size[1] // 2}", html)
        sheet.save(self.folder / "sheet.png")
        self.assertEqual((self.folder / "sheet.png").read_bytes(), stored)
        self.assertEqual(self.run_[node]._repr_html_().count("<img"), 1)
        with self.assertRaisesRegex(retort.RetortError, "no output of kind sheet"):
            self.run_["teacher"].picture()

    def test_what_cannot_be_shown_is_said(self):
        large = retort.Picture(self.run_.pictures["sheet{seed=0}"].png + bytes(3 << 20), "<b>")
        self.assertNotIn("<img", large._repr_html_())
        self.assertIn("&lt;b&gt; has 3 MiB", large._repr_html_())
        with mock.patch.object(graph_run, "_MOST_PICTURES", 0):
            html = self.run_._repr_html_()
        self.assertIn("pictures[&quot;sheet{seed=0}&quot;]", html)
        self.assertNotIn("<img", html)
        with mock.patch.object(retort.Result, "picture", side_effect=retort.RetortError("it is <gone>")):
            html = self.run_._repr_html_()
        self.assertIn("Test accuracy", html)
        self.assertIn("it is &lt;gone&gt;", html)

    def test_nothing_is_written_into_the_working_folder(self):
        self.assertEqual(list((self.folder / "work").iterdir()), [])

    def test_a_command_without_pictures_is_not_asked_for_none(self):
        program = mock.Mock(return_value="Usage: retort run\n  --plain  one line\n")
        with mock.patch.object(graph_run, "ask", program):
            self.assertEqual([graph_run._writes_pictures("/an/older/retort") for _ in range(2)], [False, False])
        program.assert_called_once_with("run", "--help")

    def test_its_networks_answer_as_in_retort(self):
        """The supervised one; the self-supervised one, which has no head; and the linear probe on top of that."""
        labelled = retort.quickstart(set={**SMALL, **LABELS}, only=["teacher_labels", "probe_labels"], store=self.store)
        pixels = labelled["data"].images("train").pixels
        said = {name: labelled[f"{name}_labels"].labels().logits for name in ("teacher", "probe")}
        networks = {name: labelled[name].network() for name in ("teacher", "probe", "encoder")}
        normalised = {name: labelled[name].normalization()(pixels) for name in networks}
        with torch.no_grad():
            for name, logits in said.items():
                self.assertGreater(logits.std(0).min(), 1e-2)
                torch.testing.assert_close(networks[name](normalised[name]), logits, atol=1e-5, rtol=0)
            features = networks["encoder"](normalised["encoder"])
            self.assertEqual(features.shape, (200, 32 * 4 * 4))
            torch.testing.assert_close(networks["probe"].classifier(features), said["probe"], atol=1e-5, rtol=0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
