"""random_edits.py [ROUNDS [SEED]]: random edits of a graph and of the code behind it, against a brute-force oracle.

After each edit the oracle writes down, by hand, all that each node depends on: type, parameters, seed, name and bytes of files, bytes of
inputs, constants of every piece of code its plugin uses. What was never run with exactly that has to run now, and nothing else; the
plugins themselves report what ran. What was planned as a hit must not run; what runs must have been planned as run or maybe.
"""
import json
import random
import sys
import time

from toy_tree import MEMBERS, PLUGINS, REACHED, ToyTree

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 1
OFTEN, SELDOM = 6, 1  # building takes a second


class Edits:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.tree = ToyTree()
        self.tree.build()
        self.serial = 0
        self.nodes = {}
        self.files = {"one.txt": "1", "two.txt": "2"}
        self.seed = 0
        self.sweep = None  # (node, values)
        self.included = set()
        self.order = 0
        self.place = self.tree.work
        self.executed = set()
        for name, text in self.files.items():
            self.write_file(name, text)
        for _ in range(10):
            self.add_node()

    # ---- the graph

    def write_file(self, name, text):
        (self.place / name).write_text(text)

    def new_name(self):
        self.serial += 1
        return f"n{self.serial}"

    def add_node(self):
        name = self.new_name()
        kind = self.random.choice(list(PLUGINS))
        node = dict(type=kind, a=self.random.randrange(4), b=0, inputs=[], file=None, seed=None)
        if PLUGINS[kind].get("file"):
            node["file"] = self.random.choice(list(self.files))
        else:
            above = list(self.nodes)
            node["inputs"] = [self.random.choice(above) for _ in range(min(len(above), self.random.randrange(3)))]
        self.nodes[name] = node
        return f"new node {name} of {kind}"

    def node_json(self, node):
        params = {"a": node["a"], "b": node["b"]}
        if node["b"] == 0 and self.order % 2:
            del params["b"]
        if node["file"]:
            params["file"] = node["file"]
        parts = {"type": node["type"], "params": params}
        if node["inputs"]:
            parts["inputs"] = {"from": node["inputs"]}
        if node["seed"] is not None:
            parts["seed"] = node["seed"]
        return parts if self.order % 3 else dict(reversed(parts.items()))

    def write_graph(self):
        names = list(self.nodes)
        if self.order % 2:
            names.reverse()
        here = {n: self.node_json(self.nodes[n]) for n in names if n not in self.included}
        there = {n: self.node_json(self.nodes[n]) for n in names if n in self.included}
        graph = {"retort": 1, "title": f"edit {self.order}", "seed": self.seed, "nodes": here}
        if there:
            graph["include"] = ["part.json"]
            (self.place / "part.json").write_text(json.dumps({"nodes": there}, indent=self.order % 4))
        if self.sweep:
            graph["sweep"] = {"axes": {"way": {"path": f"{self.sweep[0]}.a", "values": self.sweep[1]}}}
        text = json.dumps(graph, indent=self.order % 5 or None)
        (self.place / "g.json").write_text(f"// {self.order}\n{text}" if self.order % 2 else text)

    # ---- the oracle

    def reports(self):
        """Every report that the graph's nodes make."""
        known = {}

        def result(name, way):
            node = self.nodes[name]
            multiplied = self.sweep and self.sweep[0] == name
            below = [result(one, way) for one in node["inputs"]]
            a = way if multiplied else node["a"]
            seed = self.seed if node["seed"] is None else node["seed"]
            file = (node["file"] or "", self.files.get(node["file"], ""))
            report = self.tree.report(node["type"], a, node["b"], seed, file, below)
            known[report] = True
            return self.tree.output_of(node["type"], report)

        for way in self.sweep[1] if self.sweep else [None]:
            for name in self.nodes:
                result(name, way)
        return set(known)

    # ---- edits; each says what it did

    def pick(self):
        return self.random.choice(list(self.nodes))

    def edit_parameter(self):
        name = self.pick()
        key = self.random.choice(["a", "a", "b"])
        self.nodes[name][key] = self.random.randrange(5)
        return f"{name}.{key} = {self.nodes[name][key]}"

    def edit_seed(self):
        if self.random.random() < 0.3:
            self.seed = self.random.randrange(4)
            return f"seed {self.seed}"
        draws = [n for n, node in self.nodes.items() if node["type"] == "toy.draw"]
        if not draws:
            return self.edit_parameter()
        name = self.random.choice(draws)
        self.nodes[name]["seed"] = self.random.choice([None, 0, 1, 2])
        return f"seed of {name}: {self.nodes[name]['seed']}"

    def edit_file(self):
        name = self.random.choice(list(self.files))
        self.files[name] = str(self.random.randrange(10))
        self.write_file(name, self.files[name])
        return f"{name} holds {self.files[name]}"

    def edit_nothing_in_file(self):
        name = self.random.choice(list(self.files))
        self.write_file(name, self.files[name])
        return f"{name} written again"

    def edit_link(self):
        names = list(self.nodes)
        name = self.pick()
        above = names[:names.index(name)]
        if self.nodes[name]["file"] or not above:
            return self.edit_parameter()
        self.nodes[name]["inputs"] = [self.random.choice(above) for _ in range(self.random.randrange(3))]
        return f"{name} takes {self.nodes[name]['inputs']}"

    def edit_include(self):
        name = self.pick()
        self.included ^= {name}
        return f"{name} {'moves into' if name in self.included else 'leaves'} the included file"

    def edit_included_value(self):
        if not self.included & set(self.nodes):
            return self.edit_include()
        name = self.random.choice(sorted(self.included & set(self.nodes)))
        self.nodes[name]["a"] = self.random.randrange(5)
        return f"included {name}.a = {self.nodes[name]['a']}"

    def edit_sweep(self):
        if self.sweep and self.random.random() < 0.3:
            self.sweep = None
            return "no sweep"
        node = self.sweep[0] if self.sweep and self.random.random() < 0.6 else self.pick()
        self.sweep = (node, sorted(self.random.sample(range(6), self.random.randrange(1, 4))))
        return f"sweep {self.sweep}"

    def edit_rename(self):
        old, new = self.pick(), self.new_name()
        self.nodes = {new if n == old else n: node for n, node in self.nodes.items()}
        for node in self.nodes.values():
            node["inputs"] = [new if n == old else n for n in node["inputs"]]
        if self.sweep and self.sweep[0] == old:
            self.sweep = (new, self.sweep[1])
        self.included = {new if n == old else n for n in self.included}
        return f"{old} is now {new}"

    def edit_order(self):
        return "order, layout and comments"

    def edit_new_node(self):
        return self.add_node() if len(self.nodes) < 16 else self.edit_remove()

    def edit_remove(self):
        used = {one for node in self.nodes.values() for one in node["inputs"]}
        free = [n for n in self.nodes if n not in used and (not self.sweep or self.sweep[0] != n)]
        if len(self.nodes) < 6 or not free:
            return self.edit_parameter()
        name = self.random.choice(free)
        del self.nodes[name]
        return f"{name} removed"

    def edit_move(self):
        new = self.tree.folder / f"moved{self.serial}"
        self.serial += 1
        self.place.rename(new)
        self.place = new
        return "the folder of the graph moved"

    # edits of code

    def edit_plugin(self):
        plugin = self.random.choice(list(PLUGINS))
        self.tree.constants[plugin] = self.random.randrange(4)
        self.tree.rewrite(plugin)
        return f"{plugin} has constant {self.tree.constants[plugin]}"

    def edit_second_file(self):
        self.tree.constants["narrow second"] = self.random.randrange(4)
        self.tree.rewrite("toy.narrow")
        return f"the second file of toy.narrow has constant {self.tree.constants['narrow second']}"

    def edit_member(self):
        member = self.random.choice(list(MEMBERS))
        self.tree.constants[member] = self.random.randrange(4)
        self.tree.write_library_file(f"{member}.cpp")
        self.tree.build(members=[member], plugins=[])
        return f"library member {member} has constant {self.tree.constants[member]}"

    def edit_header(self):
        self.tree.constants["header"] = self.random.randrange(3)
        self.tree.write_library_file("limits.h")
        self.tree.build(members=[], plugins=["toy.draw"])
        return f"limits.h has constant {self.tree.constants['header']}"

    def edit_macro(self):
        self.tree.constants["flag"] = self.random.randrange(3)
        self.tree.build(members=[], plugins=list(PLUGINS))
        return f"-DTOY_FLAG={self.tree.constants['flag']}"

    def edit_prose(self):
        plugin = self.random.choice(list(PLUGINS))
        self.tree.comments[plugin] = f"said otherwise {self.serial}"
        self.tree.docs[plugin] = f"Say it in {self.random.randrange(9)} words"
        self.tree.padding[plugin] = self.random.randrange(3)
        self.tree.rewrite(plugin)
        return f"comments, layout and doc strings of {plugin}"

    def edit_rebuild(self):
        plugin = self.random.choice(list(PLUGINS))
        self.tree.build(members=[self.random.choice(list(MEMBERS))], plugins=[plugin])
        return f"{plugin} built again"

    def one(self):
        often = [self.edit_parameter, self.edit_seed, self.edit_file, self.edit_nothing_in_file, self.edit_link, self.edit_include,
                 self.edit_included_value, self.edit_sweep, self.edit_rename, self.edit_order, self.edit_new_node, self.edit_remove,
                 self.edit_move]
        seldom = [self.edit_plugin, self.edit_second_file, self.edit_member, self.edit_header, self.edit_macro, self.edit_prose,
                  self.edit_rebuild]
        self.order = self.random.randrange(1000)
        return self.random.choice(often * OFTEN + seldom * SELDOM * 2)()

    # ---- the check

    def check(self):
        """What is wrong, as texts."""
        self.write_graph()
        plan = json.loads(self.tree.retort("plan", "g.json", "--json", folder=self.place).stdout)
        run = json.loads(self.tree.retort("run", "g.json", "--json", folder=self.place).stdout)
        planned = {n["name"]: n for n in plan["nodes"]}
        status = {n["name"]: n["status"] for n in run["nodes"]}
        wrong = [f"{n} was {status.get(n)} and planned as {planned[n]['state']}" for n in planned
                 if (status.get(n) == "done") and planned[n]["state"] == "hit"]
        done_keys = {planned[n].get("key") for n in planned if status.get(n) == "done"}
        wrong += [f"{n} was planned to run and is {status.get(n)}" for n in planned
                  if planned[n]["state"] == "run" and status.get(n) != "done" and planned[n]["key"] not in done_keys]
        all_reports = self.reports()
        expected, ran = sorted(all_reports - self.executed), self.tree.ran()
        self.executed |= all_reports
        wrong += [f"had to run and did not: {one}" for one in expected if one not in ran]
        wrong += [f"ran and had not to: {one}" for one in ran if one not in expected]
        wrong += [f"ran twice: {one}" for one in set(ran) if ran.count(one) > 1]
        return wrong, len(ran)


def main():
    edits = Edits(SEED)
    violations, runs, started = 0, 0, time.monotonic()
    edits.check()
    for number in range(1, ROUNDS + 1):
        said = edits.one()
        wrong, ran = edits.check()
        runs += ran
        for one in wrong:
            violations += 1
            print(f"round {number} (seed {SEED}), {said}: {one}", flush=True)
        if violations > 20:
            break
    edits.tree.remove()
    print(f"random_edits: {number} edits (seed {SEED}), {violations} violations; {runs} nodes had to run; "
          f"{time.monotonic() - started:.1f} s")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
