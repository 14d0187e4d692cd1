"""why_kinds.py: one change of each kind; `retort why` must name the exact field, both values and where the new one comes from."""
import json
import re
import shutil
import sys

from toy_tree import Checks, ToyTree

GRAPH = """{
  "retort": 1, "seed": 3, "threads": 1,
  "include": ["part.json"],
  "nodes": {
    "source": {"type": "toy.source", "params": {"file": "one.txt", "a": 2}},
    "draw": {"type": "toy.draw", "params": {"a": 1}},
    "mix": {"type": "toy.mix", "inputs": {"from": ["source", "draw"]},
            "params": {"a": 4, "b": 2}},
    "last": {"type": "toy.mix", "inputs": {"from": ["mix", "part"]}}
  }
}
"""
PART = """{"nodes": {
  "part": {"type": "toy.draw", "params": {"a": 9}}
}}
"""


class Kinds:
    def __init__(self):
        self.tree = ToyTree()
        self.tree.build()
        self.place = self.tree.work
        self.checks = Checks("why_kinds", "kinds")
        (self.place / "two.txt").write_text("2")
        self.reset()
        self.run()

    def reset(self):
        """The graph as it was, all of it done."""
        (self.place / "one.txt").write_text("1")
        (self.place / "g.json").write_text(GRAPH)
        (self.place / "part.json").write_text(PART)

    def run(self, *words):
        self.tree.retort("run", "g.json", *words, folder=self.place)
        self.tree.ran()

    def change(self, old, new, name="g.json", base=GRAPH):
        assert old in base, old
        (self.place / name).write_text(base.replace(old, new, 1))

    def says(self, kind, expected, *words, code=0, folder=None):
        """`retort why words` is `expected`, digits of keys, times and runs aside."""
        said = self.tree.retort("why", *words, code=code, folder=folder or self.place)
        text = re.sub(r"\b[0-9a-f]{12}\b", "KEY", said.stdout + said.stderr)
        text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)
        text = re.sub(r"\b\d{8}-\d{6}-\d{3}-[0-9a-f]{4}\b", "RUN", text).replace(str(self.tree.folder), "TREE")
        text = re.sub(r"\b\d+\.\d s", "N s", text)
        self.checks.equal(kind, text.strip().splitlines(), expected)


def parameters(k):
    k.change('"a": 4', '"a": 5')
    k.says("parameter", ["mix: a 4 -> 5 (g.json:8:29)"], "g.json", "mix")
    k.says("first real change first", ["mix: a 4 -> 5 (g.json:8:29)", "last: waits for mix"], "g.json", "last")
    k.change(', "b": 2', "")
    k.says("back to the neutral default", ["mix: b 2 -> (absent) (default)"], "g.json", "mix")
    k.change(', "b": 2', ', "b": 0')
    k.says("the neutral value written", ["mix: b 2 -> (absent) (g.json:8:37)"], "g.json", "mix")
    k.reset()
    k.says("an option", ["mix: a 4 -> 7 (--set mix.a=7)"], "g.json", "mix", "--set", "mix.a=7")
    k.change('"nodes"', '"sweep": {"axes": {"way": {"path": "mix.a", "values": [4, 6]}}},\n  "nodes"')
    k.says("a sweep's axis", ['mix{way=6}: no result yet; beside the nearest, result KEY of TIME, run RUN:',
                              'mix{way=6}: a 4 -> 6 (g.json:4:61)'], "g.json", "mix{way=6}")
    k.says("two cells", ['mix{way=6}: a 4 -> 6 (g.json:4:61)'], "g.json", "mix{way=4}", "mix{way=6}")
    k.reset()
    k.change('"a": 9', '"a": 8', "part.json", PART)
    k.says("a value in an included file", ["part: a 9 -> 8 (part.json:2:48)"], "g.json", "part")
    k.reset()


def settings(k):
    k.change('"seed": 3', '"seed": 4')
    k.says("the graph's seed", ["draw: seed 3 -> 4 (g.json:2:24)"], "g.json", "draw")
    k.change('"params": {"a": 1}', '"params": {"a": 1}, "seed": 5')
    k.says("a node's seed", ["draw: seed 3 -> 5 (g.json:6:62)"], "g.json", "draw")
    k.change('"threads": 1', '"threads": 2')
    k.says("threads", ["draw: threads 1 -> 2 (g.json:2:38)"], "g.json", "draw")
    k.change('"threads": 1', '"threads": 1, "precision": "bfloat16"')
    k.says("precision", ["draw: precision float32 -> bfloat16 (g.json:2:54)"], "g.json", "draw")
    k.reset()


def inputs(k):
    (k.place / "one.txt").write_text("other")
    k.says("a source file's content", ['source: file file "one.txt" changed'], "g.json", "source")
    k.run()
    (k.place / "one.txt").write_text("1")
    k.run()
    k.change('["source", "draw"]', '["source", "part"]')
    k.says("a link", ["mix: input from[1] draw -> part (g.json:7:51)"], "g.json", "mix")
    k.change('["source", "draw"]', '["source"]')
    k.says("a link less", ["mix: input from[1] is gone (g.json:7:51)"], "g.json", "mix")
    k.change('["mix", "part"]', '["mix", "part", "draw"]')
    k.says("a link more", ["last: input from[2] is new (g.json:9:52)"], "g.json", "last")
    k.reset()
    # Only the source runs: what hangs on it sees other bytes, and the first cause is the file.
    (k.place / "one.txt").write_text("third")
    (k.place / "only.json").write_text('{"retort": 1, "nodes": {"source": {"type": "toy.source", "params": {"file": "one.txt", "a": 2}}}}')
    k.tree.retort("run", "only.json", folder=k.place)
    k.says("an upstream output", ['source: file file "one.txt" changed', "mix: input from[0] changed (g.json:7:51)"], "g.json", "mix")
    k.reset()


def code(k):
    tree = k.tree
    tree.constants["toy.mix"] = 1
    tree.rewrite("toy.mix")
    k.says("a plugin's file", ["mix: code plugins/toy_mix.cpp changed"], "g.json", "mix")
    k.run()
    (k.place / "narrow.json").write_text('{"retort": 1, "nodes": {"narrow": {"type": "toy.narrow"}}}')
    tree.retort("run", "narrow.json", folder=k.place)
    tree.constants["narrow second"] = 1
    tree.rewrite("toy.narrow")
    k.says("a plugin's second file", ["narrow: code plugins/toy_narrow_second.cpp changed"], "narrow.json", "narrow")
    tree.constants["fourth"] = 1
    tree.write_library_file("fourth.cpp")
    tree.build(members=["fourth"], plugins=[])
    k.says("a library member, reached through another", ["mix: code plugins/toys/fourth.cpp changed"], "g.json", "mix")
    k.run()
    tree.constants["header"] = 1
    tree.write_library_file("limits.h")
    tree.build(members=[], plugins=["toy.draw"])
    k.says("a header", ["draw: code plugins/toys/limits.h changed"], "g.json", "draw")
    k.run()
    tree.constants["flag"] = 2
    tree.build(members=[], plugins=["toy.draw"])
    k.says("a macro", ["draw: code plugins/toy_draw.cpp flags -DTOY_FLAG=0 -> -DTOY_FLAG=2"], "g.json", "draw")
    k.run()
    tree.build(members=[], plugins=["toy.draw"], flags=["-ffast-math"])
    k.says("an option of the compiler", ["draw: code plugins/toy_draw.cpp flags -DTOY_FLAG=2 -> -DTOY_FLAG=2,-ffast-math"], "g.json",
           "draw")
    tree.versions["toy.narrow"] = 1
    tree.write_plugin("toy.narrow")
    tree.build(members=[], plugins=["toy.draw", "toy.narrow"])
    tree.retort("run", "narrow.json", folder=k.place)
    tree.versions["toy.narrow"] = 2
    tree.rewrite("toy.narrow")
    k.says("a declared version", ["narrow: code version 1 -> version 2"], "narrow.json", "narrow")


def states(k):
    k.says("a hit", ["mix: done (result KEY of TIME, run RUN)"], "g.json", "mix")
    k.says("nothing to do", ["nothing would run: every result is there"], "g.json")
    second = k.tree.folder / "second"
    shutil.copytree(k.place, second)
    (second / "g.json").write_text(GRAPH.replace('"a": 4', '"a": 44'))
    k.says("another checkout", ["mix: a 4 -> 44 (g.json:8:29)"], "g.json", "mix", folder=second)
    (second / "g.json").write_text(GRAPH.replace('"a": 4', '"a": 45').replace('"mix"', '"blend"'))
    k.says("another checkout, another name", ["blend: no result yet; beside the nearest, result KEY of TIME, run RUN:",
                                              "blend: a 4 -> 45 (g.json:8:29)"], "g.json", "blend", folder=second)
    keys = {n["name"]: n["key"] for n in json.loads(k.tree.retort("plan", "g.json", "--json", folder=k.place).stdout)["nodes"]}
    k.change('"a": 1', '"a": 12')
    k.run()
    now = {n["name"]: n["key"] for n in json.loads(k.tree.retort("plan", "g.json", "--json", folder=k.place).stdout)["nodes"]}
    k.says("two results by their keys, the first real change first",
           ["draw: a 1 -> 12", "mix: input from[1] changed", "last: input from[0] changed"], keys["last"][:8], now["last"][:8])
    k.says("two results by their names", ["they are of different types: toy.draw -> toy.mix"], "draw", "last")
    k.says("one result twice", ["they are one result: result KEY of TIME, run RUN"], now["mix"][:10], "mix")
    # The last one: a result that nothing has to read is not computed again.
    record = k.tree.store / "results" / now["last"][:2] / now["last"]
    record.unlink()
    k.says("a result that is gone", ["last: its result is no longer in the store"], "g.json", "last")
    k.run()
    record.write_text(record.read_text()[:200])
    k.says("a damaged record", [f"last: TREE/store/results/{now['last'][:2]}/{now['last']}: the record is cut off"], "g.json", "last")
    k.run()


def main():
    kinds = Kinds()
    try:
        for part in (parameters, settings, inputs, code, states):
            part(kinds)
    finally:
        wrong = kinds.checks.end()
    kinds.tree.remove()
    return wrong


if __name__ == "__main__":
    sys.exit(main())
