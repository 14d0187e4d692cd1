"""Names of files, folders and values that are no UTF-8, or would write to a terminal: every command reads them, shows them as
escapes, keys by their bytes, and never ends in an internal error."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

BIN = os.fsencode(os.path.join(os.environ["RETORT_BIN"], "retort"))
PLUGINS = os.fsencode(os.environ["TEST_PLUGINS"])
NAMES = (b"caf\xe9", b"\xff\xfe", b"\xed\xa0\x80", "größe".encode(), b"\x1b]0;owned\x07", b"two\nlines", b"back\rspace\x08",
         "\ufeffx\u202e".encode(), b"\xee\xbe\x80", b"quote\"'$(x)")


def is_printable(text):
    """What a terminal may get: UTF-8, and no control but newline and tab."""
    try:
        decoded = text.decode()
    except UnicodeDecodeError:
        return False
    return not any(ord(c) < 32 and c not in "\n\t" or 0x7f <= ord(c) < 0xa0 or c in "\u202e\u202d\u2066\u2067" for c in decoded)


class Names(unittest.TestCase):
    def setUp(self):
        self.root = os.fsencode(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        self.store = os.path.join(self.root, b"store")

    def retort(self, *words, code=0, folder=None, **environment):
        words = [word if isinstance(word, bytes) else os.fsencode(word) for word in words]
        variables = {os.fsencode(name): os.fsencode(value) for name, value in os.environ.items()}
        variables.update({b"RETORT_STORE": self.store, b"RETORT_PLUGIN_PATH": PLUGINS, b"HOME": self.root})
        variables.update({os.fsencode(name): value for name, value in environment.items()})
        done = subprocess.run([BIN, *words], cwd=folder or self.root, env=variables, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=120)
        said = done.stdout + done.stderr
        self.assertNotIn(b"internal", said, words)
        self.assertTrue(is_printable(done.stdout), (words, done.stdout))
        self.assertTrue(is_printable(done.stderr), (words, done.stderr))
        if code is not None:
            self.assertEqual(done.returncode, code, (words, said))
        return done

    def graph(self, folder, name, file=b"data.txt", text=None):
        """A graph beside the file that it reads."""
        path = os.path.join(folder, name)
        nodes = {"read": {"type": "test.read", "params": {"file": "data.txt"}}, "copy": {"type": "test.copy", "inputs": {"from": "read"}}}
        pathlib.Path(os.fsdecode(path)).write_text(json.dumps({"retort": 1, "nodes": nodes}))
        pathlib.Path(os.fsdecode(os.path.join(folder, file))).write_text(text or "content")
        return path

    def every_command(self, graph, folder=None):
        """All that can be asked of a graph that ran."""
        for words in (("plan",), ("plan", "--json"), ("ls",), ("ls", "--json"), ("why",), ("why", "--json"), ("validate",), ("validate", "--json")):
            done = self.retort(words[0], graph, *words[1:], folder=folder)
            if "--json" in words:
                json.loads(done.stdout)
        for words in (("ls",), ("log",), ("log", "--json"), ("watch",), ("gc", "--dry-run"), ("fsck",), ("show", "copy"), ("show", "copy", "--json"),
                      ("doctor",), ("devices",), ("pin",)):
            self.retort(*words, folder=folder, code=None)
        self.retort("report", graph, "-o", os.path.join(self.root, b"report.html"), folder=folder)

    def test_folders_graphs_and_stores(self):
        for number, name in enumerate(NAMES):
            folder = os.path.join(self.root, name)
            os.mkdir(folder)
            self.store = os.path.join(folder, b"store" + name)
            graph = self.graph(folder, name + b".json")
            for _ in range(2):  # the second time from the kept plan
                self.retort("run", graph)
            self.assertIn(b"2 already there", self.retort("run", graph).stdout)
            self.every_command(graph)
            self.every_command(os.path.basename(graph), folder=folder)
            self.retort("run", "--verbose", graph, "--set", b"seed=3", RETORT_LOG=b"trace")
            run = self.newest_run()
            self.retort("run", "--id", run)
            self.retort("report", run, "-o", os.path.join(self.root, b"run.html"))
            archive = os.path.join(self.root, b"archive" + name)
            self.retort("export", "copy", "--archive", archive)
            self.store = os.path.join(self.root, b"other" + str(number).encode())
            self.retort("import", archive)
            self.assertIn(b"imported", self.retort("show", "copy").stdout)
            json.loads(self.retort("show", "copy", "--json").stdout)
            out = os.path.join(self.root, b"out" + name)
            self.retort("export", "copy", out)
            self.assertTrue(os.listdir(out))

    def newest_run(self):
        return max(os.listdir(os.path.join(self.store, b"runs")))

    def test_files_that_are_read(self):
        graph = self.graph(self.root, b"g.json")
        keys = set()
        for name in NAMES:
            with open(os.path.join(self.root, name), "w") as file:
                file.write("the same bytes")
            setting = b"read.file=" + name
            self.retort("run", graph, "--set", setting)
            nodes = json.loads(self.retort("plan", graph, "--set", setting, "--json").stdout)["nodes"]
            keys.add(next(node["key"] for node in nodes if node["name"] == "read"))
            self.retort("why", graph, "--set", setting)
            self.retort("run", "--id", self.newest_run())
        self.assertEqual(len(keys), len(NAMES), "a file's own name counts, byte by byte")

    def test_values(self):
        pathlib.Path(os.fsdecode(os.path.join(self.root, b"g.json"))).write_text(
            json.dumps({"retort": 1, "nodes": {"t": {"type": "test.text"}}}))
        keys = set()
        for name in NAMES:
            self.retort("run", "g.json", "--set", b"t.text=" + name)
            nodes = json.loads(self.retort("plan", "g.json", "--set", b"t.text=" + name, "--json").stdout)["nodes"]
            keys.add(nodes[0]["key"])
            self.retort("run", "g.json", "--sweep", b"t.text=" + name + b",b")
            self.retort("table", "g.json", "--node", "t", "--metric", "x", "--sweep", b"t.text=" + name + b",b", code=None)
        self.assertEqual(len(keys), len(NAMES))

    def test_every_argument(self):
        graph = self.graph(self.root, b"g.json")
        self.retort("run", graph)
        commands = json_free(self.retort("--help").stdout)
        self.assertIn("run", commands)
        for command in commands:
            for name in NAMES:
                for words in ((name,), (b"--" + name,), (b"--store=" + name, name), (graph, name), (name, name)):
                    if command in ("serve", "completion") or (command == "gc" and len(words) == 0):
                        continue
                    self.retort(command, *words, code=None)
        for name in NAMES:
            self.retort(name, code=2)
            self.retort("data", "fetch", name, code=None)
            self.retort("data", "fetch", "cifar10", b"--from=" + name, code=None)
            self.retort("plugin", "new", "node", name, code=None)
            self.retort("plugin", "show", name, code=None)
            self.retort("run", graph, b"--only=" + name, code=None)
            self.retort("run", graph, b"--set=" + name, code=2)
            self.retort("run", graph, b"--set=" + name + b".x=" + name, code=2)
            self.retort("pin", "copy", b"--why=" + name, code=None)
            self.retort("pin", "--json", code=None)
            self.retort("log", "--node", name, code=None)

    def test_the_environment(self):
        graph = self.graph(self.root, b"g.json")
        for name in NAMES:
            for variable in ("RETORT_PLUGIN_PATH", "RETORT_DATA", "RETORT_DATASETS", "RETORT_PARENT_STORES", "TMPDIR", "XDG_DATA_HOME", "RETORT_LOG"):
                self.retort("run", graph, code=None, **{variable: name})
                self.retort("data", "list", code=None, **{variable: name})

    def test_plugins_in_such_a_folder(self):
        for name in NAMES[:3]:
            folder = os.path.join(self.root, name + b"plugins")
            shutil.copytree(PLUGINS, folder)
            self.retort("run", self.graph(self.root, b"g.json", text=repr(name)), RETORT_PLUGIN_PATH=folder)


def json_free(text):
    return [line.split()[0].decode() for line in text.splitlines() if line.startswith(b"  ")]


if __name__ == "__main__":
    unittest.main()
