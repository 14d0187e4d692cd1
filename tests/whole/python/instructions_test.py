"""A record says which vector instructions its numbers were computed with: those that libtorch chose in that process, not those
that the processor would have had."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from common import command, need_plugins

need_plugins("dataset.shapes")
FLAGS = set(pathlib.Path("/proc/cpuinfo").read_text().split())
WIDEST = "avx512" if "avx512f" in FLAGS else "avx2" if "avx2" in FLAGS else "default"
CHOICES = ("ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS", "MKL_CBWR")


class Instructions(unittest.TestCase):
    def recorded(self, **chosen):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            node = {"type": "dataset.shapes", "params": {"classes": 2, "per_class": 2, "test_per_class": 2, "size": 16}}
            (folder / "g.json").write_text(json.dumps({"retort": 1, "title": "test", "nodes": {"data": node}}))
            environment = {name: value for name, value in os.environ.items() if name not in CHOICES}
            subprocess.run([command(), "run", folder / "g.json", "--store", folder / "store"], check=True, capture_output=True,
                           env={**environment, **chosen}, timeout=120)
            records = list((folder / "store" / "results").glob("*/*"))
            self.assertEqual(len(records), 1)
            return json.loads(records[0].read_text().split("\n", 1)[0])["about"]["instructions"]

    def test_are_the_widest_if_nobody_chose(self):
        self.assertEqual(self.recorded(), WIDEST)

    def test_are_those_that_libtorch_was_told(self):
        self.assertEqual(self.recorded(ATEN_CPU_CAPABILITY="default"), "default")
        if WIDEST == "avx512":
            self.assertEqual(self.recorded(ATEN_CPU_CAPABILITY="avx2"), "avx2")

    def test_name_what_else_was_told(self):
        self.assertEqual(self.recorded(ONEDNN_MAX_CPU_ISA="AVX2", MKL_CBWR="COMPATIBLE"),
                         WIDEST + "; ONEDNN_MAX_CPU_ISA=AVX2; MKL_CBWR=COMPATIBLE")

    def test_do_not_believe_what_libtorch_ignored(self):
        self.assertEqual(self.recorded(ATEN_CPU_CAPABILITY="nonsense"), WIDEST)


unittest.main()
