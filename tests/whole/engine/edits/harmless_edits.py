"""harmless_edits.py: edits that change no result. After each of them nothing may run."""
import json
import os
import shutil
import sys

from toy_tree import PLUGINS, Checks, ToyTree


class Bench:
    """A graph in which every toy type is used, all of it done."""

    def __init__(self):
        self.tree = ToyTree()
        self.tree.build()
        self.place = self.tree.work
        self.file = "g.json"
        self.words = []
        (self.place / "one.txt").write_text("1")
        self.graph = {
            "retort": 1, "title": "before", "seed": 3,
            "nodes": {
                "source": {"type": "toy.source", "params": {"file": "one.txt", "a": 2}},
                "draw": {"type": "toy.draw", "params": {"a": 1}},
                "mix": {"type": "toy.mix", "inputs": {"from": ["source", "draw"]}, "params": {"a": 4, "b": 2}},
                "narrow": {"type": "toy.narrow", "inputs": {"from": ["mix"]}},
            }}
        self.write()

    def write(self, text=None):
        (self.place / self.file).write_text(text or json.dumps(self.graph, indent=2))

    def run(self):
        """What ran, and what the engine says of nodes that were no hits."""
        done = self.tree.retort("run", self.file, "--json", *self.words, folder=self.place)
        status = {n["name"]: n["status"] for n in json.loads(done.stdout)["nodes"]}
        return self.tree.ran(), {n: s for n, s in status.items() if s != "hit"}


EDITS = []


def edit(says):
    def keep(function):
        EDITS.append((says, function))
        return function
    return keep


def rename(bench, names):
    text = json.dumps(bench.graph["nodes"])
    for old, new in names.items():
        text = text.replace(f'"{old}"', f'"{new}"')
    bench.graph["nodes"] = json.loads(text)
    bench.write()


@edit("a node renamed")
def _(bench):
    rename(bench, {"draw": "random"})


@edit("every node renamed")
def _(bench):
    rename(bench, {name: f"n_{i}" for i, name in enumerate(bench.graph["nodes"])})


@edit("nodes in another order")
def _(bench):
    bench.graph["nodes"] = dict(reversed(bench.graph["nodes"].items()))
    bench.write()


@edit("keys of nodes and of the graph in another order")
def _(bench):
    bench.graph = dict(reversed(bench.graph.items()))
    for name, node in bench.graph["nodes"].items():
        bench.graph["nodes"][name] = dict(reversed(node.items()))
    bench.write()


@edit("comments in the graph")
def _(bench):
    bench.write("// of a page\n" + json.dumps(bench.graph, indent=2).replace(",\n", ",  /* here */\n"))


@edit("the graph on one line")
def _(bench):
    bench.write(json.dumps(bench.graph))


@edit("the graph with wide indents and Windows line ends")
def _(bench):
    bench.write(json.dumps(bench.graph, indent=8).replace("\n", "\r\n"))


@edit("another title")
def _(bench):
    bench.graph["title"] = "after"
    bench.write()


@edit("a default written out")
def _(bench):
    bench.graph["nodes"]["n_3"]["params"] = {"a": 1}
    bench.write()


@edit("a neutral value written out")
def _(bench):
    bench.graph["nodes"]["n_1"]["params"]["b"] = 0
    bench.write()


@edit("links that name their port")
def _(bench):
    bench.graph["nodes"]["n_2"]["inputs"] = {"from": ["n_0.out", "n_1.out"]}
    bench.write()


@edit("the graph's seed written on the node instead")
def _(bench):
    del bench.graph["seed"]
    bench.graph["nodes"]["n_1"]["seed"] = 3
    bench.write()


@edit("a time limit")
def _(bench):
    bench.graph["nodes"]["n_2"]["timeout"] = 100
    bench.write()


@edit("a sweep of one value, the present one")
def _(bench):
    bench.graph["sweep"] = {"axes": {"way": {"path": "n_2.a", "values": [4]}}}
    bench.write()


@edit("no sweep again")
def _(bench):
    del bench.graph["sweep"]
    bench.write()


@edit("a node moved into an included file")
def _(bench):
    graph = json.loads(json.dumps(bench.graph))
    part = {"nodes": {"n_1": graph["nodes"].pop("n_1")}}
    (bench.place / "part.json").write_text(json.dumps(part))
    bench.write(json.dumps(graph | {"include": ["part.json"]}))


@edit("the value set by an option instead of the file")
def _(bench):
    graph = json.loads(json.dumps(bench.graph))
    graph["nodes"]["n_2"]["params"]["a"] = 1
    bench.write(json.dumps(graph))
    bench.words = ["--set", "n_2.a=4"]


@edit("the folder of the graph moved")
def _(bench):
    bench.words = []
    bench.write()
    new = bench.tree.folder / "elsewhere"
    bench.place.rename(new)
    bench.place = new


@edit("a copy of the folder, as a second checkout")
def _(bench):
    new = bench.tree.folder / "second"
    shutil.copytree(bench.place, new)
    bench.place = new


@edit("the graph file renamed")
def _(bench):
    (bench.place / bench.file).rename(bench.place / "other.json")
    bench.file = "other.json"


@edit("run from another folder")
def _(bench):
    bench.file = os.path.join(bench.place.name, bench.file)
    bench.place = bench.place.parent


@edit("a source file touched")
def _(bench):
    bench.place, bench.file = bench.place / "second", "other.json"
    os.utime(bench.place / "one.txt", (1, 1))


@edit("a source file written again with the same bytes")
def _(bench):
    (bench.place / "one.txt").unlink()
    (bench.place / "one.txt").write_text("1")


@edit("a source file moved to another folder")
def _(bench):
    (bench.place / "data").mkdir()
    (bench.place / "one.txt").rename(bench.place / "data" / "one.txt")
    bench.graph["nodes"]["n_0"]["params"]["file"] = "data/one.txt"
    bench.write()


@edit("other files beside it")
def _(bench):
    (bench.place / "data" / "two.txt").write_text("2")


@edit("a plugin touched and built again")
def _(bench):
    os.utime(bench.tree.source_of("toy.mix"))
    bench.tree.build(members=[], plugins=["toy.mix"])


@edit("comments of a plugin")
def _(bench):
    bench.tree.comments["toy.mix"] = "said better: not that"
    bench.tree.rewrite("toy.mix")


@edit("layout of a plugin")
def _(bench):
    bench.tree.padding["toy.mix"] = 1
    bench.tree.rewrite("toy.mix")


@edit("doc strings of a plugin")
def _(bench):
    bench.tree.docs["toy.mix"] = "Say it (better), \\\"quoted\\\""
    bench.tree.rewrite("toy.mix")


@edit("comments and layout of a library member that is used")
def _(bench):
    bench.tree.comments["fourth.cpp"] = "explained"
    bench.tree.padding["fourth.cpp"] = 2
    bench.tree.write_library_file("fourth.cpp")
    bench.tree.build(members=["fourth"], plugins=[])


@edit("comments of a header that is used")
def _(bench):
    bench.tree.comments["limits.h"] = "explained"
    bench.tree.write_library_file("limits.h")
    bench.tree.build(plugins=["toy.draw"])


@edit("code of a library file that no plugin uses")
def _(bench):
    bench.tree.constants["unused"] = 77
    bench.tree.write_library_file("unused.cpp")
    bench.tree.build(members=["unused"], plugins=[])


@edit("everything built again with other optimisation and debug information")
def _(bench):
    bench.tree.flags += ["-O1", "-g", "-Wall"]
    bench.tree.build()


@edit("a macro that no code names")
def _(bench):
    bench.tree.build(members=[], flags=["-DNOBODY_ASKED=1"])


@edit("the project moved and built there")
def _(bench):
    new = bench.tree.folder / "other_project"
    bench.tree.root.rename(new)
    bench.tree.root = new
    bench.tree.include = [f"-I{new}/plugins"]
    bench.tree.commands = {}
    bench.tree.build()


@edit("the built plugins in another folder")
def _(bench):
    new = bench.tree.folder / "installed"
    bench.tree.output.rename(new)
    bench.tree.output = new


def main():
    checks, bench = Checks("harmless_edits", "runs"), Bench()
    checks.equal("at first", len(bench.run()[0]), len(PLUGINS))
    for says, function in EDITS:
        function(bench)
        ran, others = bench.run()
        checks.holds(says, not ran and not others, (ran, others), "nothing ran")
    # The bench must be able to see a rerun at all.
    bench.tree.constants["fourth"] = 5
    bench.tree.write_library_file("fourth.cpp")
    bench.tree.build(members=["fourth"], plugins=[])
    ran, _ = bench.run()
    checks.equal("a real edit of a member that mix uses", [line.split()[0] for line in ran], ["toy.mix", "toy.narrow"])
    bench.tree.remove()
    return checks.end()


if __name__ == "__main__":
    sys.exit(main())
