"""The JSON schema that `retort schema` prints accepts the graphs people are given and refuses broken ones, in the eyes of two
independent validators."""
import copy
import json
import re
import subprocess
import unittest

import common

jsonschema = common.need("jsonschema")
jsonschema_rs = common.need("jsonschema_rs")
common.command()
common.need_plugins("dataset.image_folder")

GRAPH = {"retort": 1, "title": "test", "nodes": {"data": {"type": "dataset.image_folder", "params": {
    "path": "photos", "image_size": 64, "per_class": 10, "interpolation": "bicubic"}}}}


def schema():
    done = subprocess.run([common.command(), "schema"], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode == 2 and "schema" in done.stderr:
        common.skip("this retort has no command schema")
    done.check_returncode()
    return json.loads(done.stdout)


def without_comments(text):
    """Graphs may have comments; strings that look like one stay."""
    return re.sub(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', lambda match: match.group(1) or "", text, flags=re.S)


SCHEMA = schema()
VALIDATOR = jsonschema.validators.validator_for(SCHEMA)(SCHEMA)
SECOND = jsonschema_rs.validator_for(SCHEMA)


def problems(graph):
    """What the first validator says is wrong; the two must agree whether anything is."""
    errors = [f"{error.json_path}: {error.message[:200]}" for error in VALIDATOR.iter_errors(graph)]
    if SECOND.is_valid(graph) == bool(errors):
        raise AssertionError(f"the validators disagree: jsonschema says {errors or 'valid'}")
    return errors


class Schema(unittest.TestCase):
    def test_is_a_schema(self):
        type(VALIDATOR).check_schema(SCHEMA)

    def test_graphs_are_valid(self):
        files = sorted((common.SOURCE / "graphs").rglob("*.json"))
        if not files:
            self.skipTest("there are no graphs")
        for file in files:
            graph = json.loads(without_comments(file.read_text()))
            if "retort" not in graph:
                continue
            if "protocols" in file.parts:  # a part: what it lacks comes from the graph that includes it
                graph.setdefault("include", [])
            with self.subTest(str(file)):
                self.assertEqual(problems(graph), [])

    def test_a_small_graph_is_valid(self):
        self.assertEqual(problems(GRAPH), [])

    def test_one_reference_stands_for_all_parameters(self):
        graph = copy.deepcopy(GRAPH)
        graph["let"] = {"all": graph["nodes"]["data"]["params"]}
        graph["nodes"]["data"]["params"] = {"ref": "all"}
        self.assertEqual(problems(graph), [])
        graph["nodes"]["data"]["params"]["per_class"] = 3
        self.assertEqual(problems(graph), [], "but for what stands beside it")
        graph["nodes"]["data"]["params"]["per_class"] = "three"
        self.assertNotEqual(problems(graph), [])

    def test_references_and_sweeps_are_valid(self):
        graph = copy.deepcopy(GRAPH)
        graph["let"] = {"size": 64}
        graph["nodes"]["data"]["params"].update(image_size={"ref": "size"}, interpolation={"ref": "size"})
        graph["sweep"] = {
            "axes": {"a": {"path": "data.per_class", "values": [1, 2]}, "b": {"paths": ["let.size"], "log": [1, 4], "n": 3},
                     "c": {"path": "data.x", "choose": {"one": {}, "two": {"p": [1, 2]}}}, "d": {"without": "data.list"},
                     "e": {"plain": {}, "other": {"data.per_class": 3, "axes": {"f": {"path": "data.y", "linear": [0, 1], "n": 2}}}}},
            "mode": "one_at_a_time", "baseline": {"a": 1}, "grid": ["a"], "zip": [["b", "c"]], "exclude": [{"a": [1, 2]}],
            "include": [{"a": 7}], "replicate": {"seed": [0, 1]}, "collect": {"metric": "data.count", "stat": ["mean", "ci95"]}}
        graph["tables"] = [{"node": "data", "metrics": ["count"], "stat": ["mean", "ci"], "baseline": {"a": 1}, "best": "max"}]
        self.assertEqual(problems(graph), [])

    def test_null_takes_away_what_is_included(self):
        taken = {"retort": 1, "include": "other.json", "nodes": {"data": None},
                 "sweep": {"axes": {"a": None, "b": {"one": None, "two": {"data.per_class": 3}}}}}
        self.assertEqual(problems(taken), [])
        for axes in ({"a": None}, {"b": {"one": None, "two": {"data.per_class": 3}}}):
            with self.subTest(str(axes)):
                self.assertTrue(problems({**GRAPH, "sweep": {"axes": axes}}), "nothing is included")

    def test_broken_sweeps_are_refused(self):
        for name, sweep in {
            "an unknown mode": {"mode": "gird"},
            "no values": {"axes": {"a": {"path": "data.per_class", "values": []}}},
            "a misspelt key": {"axes": {"a": {"path": "data.per_class", "values": [1], "vales": [2]}}},
            "three ends": {"axes": {"a": {"path": "data.per_class", "log": [1, 2, 3], "n": 3}}},
            "one value of a range": {"axes": {"a": {"path": "data.per_class", "log": [1, 2], "n": 1}}},
            "a path without values": {"axes": {"a": {"path": "data.per_class"}}},
            "a nested axis": {"axes": {"a": {"one": {"axes": {"b": {"path": "data.x", "values": 3}}}}}},
            "a negative seed": {"replicate": {"seed": [-1]}},
            "an unknown statistic": {"collect": {"metric": "data.count", "stat": ["median"]}},
        }.items():
            with self.subTest(name):
                self.assertTrue(problems({**GRAPH, "sweep": sweep}))

    def test_broken_graphs_are_refused(self):
        def changed(change):
            graph = copy.deepcopy(GRAPH)
            change(graph)
            return graph

        data = lambda graph: graph["nodes"]["data"]
        broken = {
            "unknown key": lambda graph: graph.update(nodez={}),
            "unknown type": lambda graph: data(graph).update(type="dataset.image_folders"),
            "no type": lambda graph: data(graph).pop("type"),
            "unknown parameter": lambda graph: data(graph)["params"].update(per_clas=3),
            "a string for an integer": lambda graph: data(graph)["params"].update(per_class="3"),
            "a fraction for an integer": lambda graph: data(graph)["params"].update(per_class=3.5),
            "below the range": lambda graph: data(graph)["params"].update(per_class=0),
            "above the range": lambda graph: data(graph)["params"].update(image_size=5000),
            "none of the choices": lambda graph: data(graph)["params"].update(interpolation="nearest"),
            "a required parameter left out": lambda graph: data(graph)["params"].pop("path"),
            "nodes in a list": lambda graph: graph.update(nodes=[data(graph)]),
        }
        for name, change in broken.items():
            with self.subTest(name):
                self.assertTrue(problems(changed(change)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
