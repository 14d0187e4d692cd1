"""What lies beside exported files makes them again: in a store of its own, with the keys and the bytes they had."""
import json
import shutil
import unittest

from shop import Shop


class Datasheet(unittest.TestCase):
    def setUp(self):
        self.shop = Shop().__enter__()
        self.addCleanup(self.shop.__exit__)

    def record(self, name):
        return json.loads(self.shop.retort("show", name, "--json").stdout)

    def exported(self, name):
        done = self.shop.retort("export", name, "out")
        self.assertIn("out/datasheet.json\n", done.stdout)
        return json.loads((self.shop.folder / "out" / "datasheet.json").read_text())

    def made_again(self, name):
        """The record that `retort run out/datasheet.json` makes in another store."""
        self.shop.environment["RETORT_STORE"] = str(self.shop.folder / "other")
        self.shop.retort("run", "out/datasheet.json")
        return self.record(name)

    def test_images_of_one_cell_of_a_sweep(self):
        (self.shop.folder / "words.txt").write_text("words")
        self.shop.graph({"words": {"type": "test.read", "params": {"file": "words.txt"}},
                         "other": {"type": "test.text"},
                         "copy": {"type": "test.copy", "inputs": {"from": "words"}, "params": {"suffix": "?"}},
                         "again": {"type": "test.copy", "inputs": {"from": "copy"}},
                         "score": {"type": "test.score", "inputs": {"from": "again"}, "params": {"offset": 2}},
                         "images": {"type": "test.picture", "params": {"per_class": 2}}},
                        title="Title", sweep={"axes": {"times": {"path": "copy.times", "values": [1, 2]}}, "replicate": {"seed": [0, 1]}})
        self.shop.retort("run", "g.json")
        for name, plain, nodes in (("images{seed=1}", "images", ["images"]),
                                   ("score{times=2,seed=1}", "score", ["again", "copy", "score", "words"])):
            self.shop.environment["RETORT_STORE"] = str(self.shop.folder / "store")
            shutil.rmtree(self.shop.folder / "other", ignore_errors=True)
            record = self.record(name)
            sheet = self.exported(name)
            self.assertEqual(sorted(sheet["nodes"]), nodes)
            about = sheet["datasheet"]
            self.assertEqual((about["node"], about["result"]["key"], about["made"][plain]["name"]), (plain, record["key"], name))
            self.assertEqual(about["made"][plain]["key_text"], record["key_text"])
            self.assertEqual(sheet["nodes"][plain]["seed"], 1)
            again = self.made_again(plain)
            self.assertEqual((again["key"], again["key_text"]), (record["key"], record["key_text"]))
            self.assertEqual(again["outputs"], record["outputs"])

    def test_a_run_that_is_gone(self):
        self.shop.graph({"a": {"type": "test.text"}})
        self.shop.retort("run", "g.json")
        run = self.shop.run_ids()[0]
        shutil.rmtree(self.shop.folder / "store" / "runs" / run)
        sheet = self.exported("a")
        self.assertEqual(sheet["nodes"], {})
        self.assertEqual(sheet["datasheet"]["problem"], f"the run that made it ({run}) is not in this store: its graph is not known")
        self.assertIn("param text = \"hello\"", sheet["datasheet"]["made"]["a"]["key_text"])


if __name__ == "__main__":
    unittest.main()
