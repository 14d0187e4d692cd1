"""A folder with a graph and a store in which a test runs the real command, and reads the pages it makes."""
import html.parser
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

BIN = pathlib.Path(os.environ["RETORT_BIN"]) / "retort"
HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


class Shop:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.environment = {**os.environ, "RETORT_STORE": str(self.folder / "store"), "RETORT_PLUGIN_PATH": os.environ["TEST_PLUGINS"]}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def graph(self, nodes, name="g.json", **more):
        (self.folder / name).write_text(json.dumps({"retort": 1, **more, "nodes": nodes}))

    def retort(self, *words, code=0):
        done = subprocess.run([BIN, *words], cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
        return done

    def run_ids(self):
        return sorted(path.name for path in (self.folder / "store" / "runs").iterdir())


class Page(html.parser.HTMLParser):
    """What a browser would find in a page: its elements, and the JSON they hold."""

    def __init__(self, text):
        super().__init__()
        self.text = text
        self.elements, self.parts, self.policy, self.inside = [], {}, None, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.elements.append((tag, attributes))
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy":
            self.policy = attributes["content"]
        self.inside = attributes.get("id") if attributes.get("type") == "application/json" else None
        if self.inside:
            self.parts[self.inside] = ""

    def handle_data(self, data):
        if self.inside:
            self.parts[self.inside] += data

    def handle_endtag(self, tag):
        self.inside = None

    def part(self, name):
        return json.loads(self.parts[name])


def unneeded_graph(shop):
    """a -> b, run; then the result of a is gone, and the graph is run again: b is there, so that nothing needs a."""
    shop.graph({"a": {"type": "test.text"}, "b": {"type": "test.copy", "inputs": {"from": "a"}}})
    nodes = json.loads(shop.retort("run", "g.json", "--json").stdout)["nodes"]
    key = next(node["key"] for node in nodes if node["name"] == "a")
    for path in (shop.folder / "store" / "results").rglob(key + "*"):
        path.unlink()
    shop.retort("run", "g.json")


def hostile_graph(shop):
    """Names, labels, titles and values that would be scripts if anything took them for markup."""
    shop.graph(
        {"pictures": {"type": "test.picture", "params": {"classes": [HOSTILE, "plain"]}},
         "text": {"type": "test.text", "params": {"text": HOSTILE}},
         "score": {"type": "test.score", "inputs": {"from": "text"}}},
        title=HOSTILE, sweep={"axes": {"text": {"path": "text.text", "values": [HOSTILE, "b"]}}, "replicate": {"seed": [0, 1]}},
        tables=[{"title": HOSTILE, "node": "score", "metrics": ["score"], "rows": ["text"]}])
