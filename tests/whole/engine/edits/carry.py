"""carry.py: a parameter that is new and neutral. Before `carry` exactly the nodes of that plugin would run; after its proof job gave
equal bytes nothing runs. A change that does change bytes is not carried by proof, only on somebody's word, and both are on record. Files that
only moved are carried without a proof job.
"""
import json
import re
import sys

from toy_tree import Checks, ToyTree

GRAPH = {"retort": 1, "nodes": {
    "draw": {"type": "toy.draw", "params": {"a": 1}},
    "mix": {"type": "toy.mix", "inputs": {"from": ["draw"]}, "params": {"a": 4}},
    "again": {"type": "toy.mix", "inputs": {"from": ["mix"]}},
    "narrow": {"type": "toy.narrow", "inputs": {"from": ["again"]}},
}}
PROOF = {"params": {"a": 3}, "inputs": {"from": [{"type": "toy.narrow"}, {"type": "toy.narrow", "params": {"a": 5}}]}}


class Carry:
    def __init__(self):
        self.tree = ToyTree()
        self.tree.proofs["toy.mix"] = PROOF
        self.tree.write_plugin("toy.mix")
        self.tree.build()
        (self.tree.work / "g.json").write_text(json.dumps(GRAPH))
        self.checks = Checks("carry", "checks")
        self.expect = self.checks.equal

    def statuses(self):
        done = self.tree.retort("run", "g.json", "--json")
        self.tree.ran()
        return {n["name"]: n["status"] for n in json.loads(done.stdout)["nodes"]}

    def planned(self):
        done = self.tree.retort("plan", "g.json", "--json")
        return {n["name"]: n["state"] for n in json.loads(done.stdout)["nodes"]}

    def rebuild(self, plugin="toy.mix"):
        self.tree.rewrite(plugin)

    def said(self, *words, code=0):
        done = self.tree.retort("carry", "g.json", *words, code=code)
        return re.sub(r"\b[0-9a-f]{12}\b", "KEY", done.stdout + done.stderr).strip().splitlines()


def run(c):
    hits = {name: "hit" for name in GRAPH["nodes"]}
    c.expect("at first all run", c.statuses(), {name: "done" for name in GRAPH["nodes"]})

    c.tree.neutral.add("toy.mix")
    c.rebuild()
    c.expect("exactly the affected before", c.planned(), {"draw": "hit", "mix": "run", "again": "maybe", "narrow": "maybe"})
    by_proof = ["mix: result KEY carried over to KEY by proof", "    code plugins/toy_mix.cpp changed",
                "again: result KEY carried over to KEY by proof", "    code plugins/toy_mix.cpp changed"]
    c.expect("a dry run", c.said("--dry-run"), by_proof + ["2 would be carried over"])
    c.expect("which changed nothing", c.planned()["mix"], "run")
    c.expect("the proof gives equal bytes", c.said(), by_proof + ["2 carried over"])
    c.expect("0 reruns", c.statuses(), hits)
    c.expect("nothing more to carry", c.said("mix"), ["mix: its result is there", "0 carried over"])
    why = c.tree.retort("why", "g.json", "mix").stdout
    c.expect("why tells it", bool(re.search(r"^mix: done \(result [0-9a-f]{12} of .*, run .*, carried over from [0-9a-f]{12} by proof\)$", why,
                                            re.M)), True)
    show = c.tree.retort("show", "mix").stdout
    c.expect("show tells it", [bool(re.search(pattern, show, re.M)) for pattern in
                               (r"^carried    from [0-9a-f]{64}, .*Z, by proof$", r"^  code   of toy.mix: [0-9a-f]{64} -> [0-9a-f]{64}$",
                                r"^  proof  of toy.mix: equal bytes [0-9a-f]{64}$")], [True] * 3)

    c.tree.comments["toy.mix"], c.tree.padding["toy.mix"] = "carried on", 1
    c.tree.neutral.clear()
    c.rebuild()
    c.expect("back to the code before", c.planned(), hits)

    c.tree.constants["toy.mix"] = 1
    c.rebuild()
    c.expect("a real change", c.said(code=1), [
        "mix: not carried over: the proof job of toy.mix gave other bytes (KEY, now KEY)", "0 carried over, 1 not"])
    c.expect("runs", c.statuses(), {"draw": "hit", "mix": "done", "again": "done", "narrow": "done"})

    c.tree.constants["toy.mix"] = 2
    c.rebuild()
    c.expect("other bytes are not carried", c.said(code=1), [
        "mix: not carried over: the proof job of toy.mix gave other bytes (KEY, now KEY)", "0 carried over, 1 not"])
    c.expect("and run", c.planned()["mix"], "run")
    word = c.said("--on-my-word", "only the wording changed")
    c.expect("on somebody's word", [line.split(" on the word of ")[0] for line in word if line.startswith(("mix", "again"))],
             ["mix: result KEY carried over to KEY", "again: result KEY carried over to KEY"])
    c.expect("0 reruns on that word", c.statuses(), hits)
    c.expect("with the reason on record", ": only the wording changed" in c.tree.retort("show", "mix").stdout, True)

    c.tree.constants["toy.narrow"] = 1
    c.rebuild("toy.narrow")
    c.expect("a plugin without a proof job", c.said(code=1), ["narrow: not carried over: toy.narrow declares no proof job",
                                                              "0 carried over, 1 not"])
    c.statuses()
    c.tree.places["toy.narrow"] = "node/narrow"
    c.rebuild("toy.narrow")
    c.expect("files that moved are other files to the key", c.planned()["narrow"], "run")
    c.expect("and the same code: no proof job is asked for", c.said()[0], "narrow: result KEY carried over to KEY by proof")
    c.expect("0 reruns of what moved", c.statuses(), hits)
    c.expect("an unknown node", c.said("mixx", code=2), ['retort: g.json has no node "mixx"; did you mean "mix"?'])


def main():
    carry = Carry()
    run(carry)
    carry.tree.remove()
    return carry.checks.end()


if __name__ == "__main__":
    sys.exit(main())
