#!/usr/bin/env python3
"""How many one-line mistakes the tests notice: ./dev torture mutations [N [SEED]] [--in FOLDER …] [--minutes M]

Makes N mutants by the seed, builds each in a copy of the tree and runs the tests that can know it, in the stages that
map.json lists: the first test that fails kills it. Prints a line a mutant and a score by folder; both are in
build/mutation/ (results.jsonl, score.txt). Run again with the same seed it goes on where it was."""
import argparse
import json
import os
import re
import time
from pathlib import Path

import generate
from tree import Tree

HERE = Path(__file__).parent
CHECKOUT = HERE.parent.parent


class Map:
    """Which tests can know a folder."""

    def __init__(self, tree):
        written = json.loads((HERE / "map.json").read_text())
        self.folders, self.own_targets = written["folders"], written["targets"]
        self.plugins = tree.plugins()

    def entry(self, file):
        """The longest folder of the map that the file lies in; None: no test is named for it."""
        inside = [folder for folder in self.folders if file.startswith(folder + "/")]
        return max(inside, key=len) if inside else None

    def stages(self, file):
        """Lists of tests, from the quickest to those that need most built."""
        stages = [list(stage) for stage in self.folders[self.entry(file)]]
        plugin = self.plugins.get(file.removeprefix("plugins/"))
        return [[f"contract.{plugin}", "declared"], *stages] if plugin else stages

    def targets(self, tests):
        """What has to be built for them."""
        found = set()
        for test in tests:
            if test.startswith("contract."):
                found.add("retort_plugin_" + re.sub(r"\W", "_", test.removeprefix("contract.")))
            else:
                found.update(self.own_targets.get(test, ["test_" + test.replace(".", "_")]))
        return sorted(found)


def equivalents():
    """FILE | line | mutated line | reason: mutants that change nothing, as somebody found and wrote down."""
    known = set()
    for line in (HERE / "equivalent.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            file, before, after, _ = (part.strip() for part in line.split(" | "))
            known.add((file, before, after))
    return known


class Session:
    def __init__(self, options):
        self.place = CHECKOUT / "build" / "mutation"
        self.place.mkdir(parents=True, exist_ok=True)
        self.options = options
        self.tree = Tree(CHECKOUT, self.place, options.preset, options.cmake, options.jobs)
        self.tree.copy()
        self.tree.configure()
        self.map = Map(self.tree)
        self.results = self.place / "results.jsonl"
        self.sound = {}  # test → whether it passes without a mutant

    def files_by_folder(self):
        by_folder = {}
        for file in self.tree.files():
            if not re.match(r"(framework|plugins)/.*\.(cpp|h)$", file) or not self.map.entry(file):
                continue
            if self.options.inside and not any(file.startswith(folder) for folder in self.options.inside):
                continue
            by_folder.setdefault(self.map.entry(file), []).append(file)
        return by_folder

    def mutants(self):
        known = equivalents()
        left_out = lambda m: (m.file, m.before.strip(), m.after.strip()) in known
        return generate.chosen(self.tree.root, self.files_by_folder(), self.options.count, self.options.seed, left_out)

    def passes_unmutated(self, tests):
        """Those of the tests that pass as things are; a broken one says so once and is not asked again."""
        new = [test for test in tests if test not in self.sound]
        if new and not self.tree.make(self.map.targets(new)):
            raise SystemExit(f"mutations: the tree does not build as it is; see {self.tree.log}")
        for test in new:
            self.sound[test] = not self.tree.failing([test])
            if not self.sound[test]:
                print(f"mutations: {test} fails without a mutant: it is left out", flush=True)
        return [test for test in tests if self.sound[test]]

    def limit(self, test):
        return 30 + 5 * self.tree.seconds.get(test, 60)

    def try_one(self, mutant):
        """("killed", test), ("survived", ""), ("stillborn", ""): the last does not compile."""
        stages = [self.passes_unmutated(stage) for stage in self.map.stages(mutant.file)]
        file = self.tree.root / mutant.file
        whole = file.read_text()
        lines = whole.split("\n")
        lines[mutant.line - 1] = mutant.after
        try:
            file.write_text("\n".join(lines))
            for number, stage in enumerate(stages):
                if not stage:
                    continue
                if not self.tree.make(self.map.targets(stage), timeout=1800, keep=False):
                    # A plugin that cannot be described any more, or a program that does not even start: noticed.
                    return ("stillborn", "") if number == 0 and self.is_compiler_error() else ("killed", "the build")
                bad = self.tree.failing(stage, self.limit)
                if bad:
                    return "killed", bad[0]
            return "survived", ""
        finally:
            file.write_text(whole)

    def is_compiler_error(self):
        with open(self.tree.log, "rb") as log:
            log.seek(max(0, os.path.getsize(self.tree.log) - 200_000))
            said = log.read().decode(errors="replace").rsplit("$ ninja", 1)[-1]
        return bool(re.search(r":\d+:\d+: (fatal )?error:|undefined reference", said))

    def done(self):
        if not self.results.exists():
            return {}
        return {each["id"]: each for each in map(json.loads, self.results.read_text().splitlines())}

    def run(self):
        done, began = self.done(), time.monotonic()
        wanted = self.mutants()
        for mutant in wanted:
            if mutant.id in done:
                continue
            if self.options.minutes and time.monotonic() - began > 60 * self.options.minutes:
                break
            start = time.monotonic()
            outcome, by = self.try_one(mutant)
            line = {"id": mutant.id, "file": mutant.file, "line": mutant.line, "before": mutant.before.strip(),
                    "after": mutant.after.strip(), "outcome": outcome, "by": by, "folder": self.map.entry(mutant.file),
                    "seconds": round(time.monotonic() - start, 1)}
            with open(self.results, "a") as file:
                file.write(json.dumps(line) + "\n")
            done[mutant.id] = line
            print(f"{outcome:9} {mutant.file}:{mutant.line}  {line['before']}  ->  {line['after']}  {by}", flush=True)
        ours = [done[mutant.id] for mutant in wanted if mutant.id in done]
        text = score(ours, self.options)
        (self.place / "score.txt").write_text(text)
        print(text, end="")
        return 0 if all(each["outcome"] != "survived" for each in ours) else 1


def score(results, options):
    lines = [f"seed {options.seed}, {len(results)} of {options.count} mutants", "",
             f"{'folder':32} {'killed':>6} {'survived':>8} {'stillborn':>9}  score"]
    folders = sorted({each["folder"] for each in results})
    for folder in [*folders, "all"]:
        of = [each["outcome"] for each in results if folder in (each["folder"], "all")]
        killed, survived = of.count("killed"), of.count("survived")
        percent = f"{100 * killed / (killed + survived):5.1f} %" if killed + survived else "    –"
        lines.append(f"{folder:32} {killed:6} {survived:8} {of.count('stillborn'):9}  {percent}")
    survivors = [each for each in results if each["outcome"] == "survived"]
    if survivors:
        lines += ["", "survivors:"]
        for each in survivors:
            lines += [f"  {each['file']}:{each['line']}", f"    - {each['before']}", f"    + {each['after']}"]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(prog="./dev torture mutations", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", nargs="?", type=int, default=300, metavar="N")
    parser.add_argument("seed", nargs="?", type=int, default=1)
    parser.add_argument("--in", dest="inside", action="append", metavar="FOLDER", help="only files below this folder")
    parser.add_argument("--minutes", type=float, help="begin no mutant after so long")
    parser.add_argument("--jobs", type=int, default=int(os.environ.get("RETORT_JOBS", os.cpu_count() or 1)))
    parser.add_argument("--preset", default=os.environ.get("RETORT_PRESET", "dev"))
    parser.add_argument("--cmake", action="append", default=[], metavar="OPTION", help="for configuring the copy")
    raise SystemExit(Session(parser.parse_args()).run())


if __name__ == "__main__":
    main()
