"""broken_plugins.py: plugins broken in every way we could think of. Each is named with its reason by `plugin check` and by the run that
needs it; nodes beside it are computed, and the engine goes on.
"""
import json
import re
import subprocess
import sys

from toy_tree import BIN, BUILD, Checks, ToyTree

GOOD = """#include <sdk/node.h>
#include <fstream>
{before}
namespace {{
class {cls} final : public retort::Node {{
  int64_t a_ = 1;
  retort::Output out_;

 public:
  {members}
  void declare(retort::Declare& d) override {{
    d.about("Break on purpose");
    d.param("a", a_, "A number");
    d.output("out", out_, "text", "Nothing");
    {declare}
  }}
  void run(retort::Run&) override {{ {run} out_.file("text.txt") << a_; }}
}};
}}  // namespace
{last}
"""


class Broken:
    def __init__(self):
        self.tree = ToyTree()
        self.tree.commands = {}
        self.checks = Checks("broken_plugins", "checks")

    def build(self, name, before="", members="", declare="", run="", last="", type=None, flags=()):
        """A library; returns its path. The manifest is what a good build of it wrote, so that a run gets as far as opening it."""
        cls = "".join(word.title() for word in name.split("_"))
        text = GOOD.format(cls=cls, before=before, members=members, declare=declare, run=run,
                           last=last or f'RETORT_PLUGIN({cls}, "{type or "bad." + name}")')
        source = self.tree.root / "plugins" / f"{name}.cpp"
        source.write_text(text)
        target = self.tree.output / f"{name}.so"
        lib = BUILD / "lib"

        def link(*more):
            self.tree.run(*self.tree.flags, *more, "-include", self.tree.precompile(), f'-DRETORT_PLUGIN_SOURCE="plugins/{name}.cpp"', "-shared",
                          "-Wl,--build-id", "-o", target, source, f"-L{lib}", "-lretort_sdk", f"-Wl,-rpath,{lib}")

        link("-DDESCRIBING", "-UBREAK")
        self.tree.run(BIN / "retort-worker", "describe", target, "--root", self.tree.root, "--output",
                      self.tree.output / f"{name}.json")
        if "BREAK" in text:
            link("-DBREAK", *flags)
            # As if it had been described after it broke.
            manifest = self.tree.output / f"{name}.json"
            about = json.loads(manifest.read_text())
            notes = self.tree.run("readelf", "-n", target)
            about["loads"] = {target.name: re.search(r"Build ID: ([0-9a-f]+)", notes).group(1)}
            manifest.write_text(json.dumps(about, indent=1))
        return target

    def clean(self, text):
        text = text.replace(str(self.tree.output), "PLUGINS").replace(str(self.tree.folder), "TREE")
        text = re.sub(r"\b\d{8}-\d{6}-\d{3}-[0-9a-f]{4}\b", "RUN", text)
        text = re.sub(r'this worker is "[^"]*"', 'this worker is "OURS"', text)
        text = re.sub(r"; its last lines \([^)]*\)", "; its last lines (LOG)", text)
        return text.strip()

    def check(self, says, library, code, expected):
        done = subprocess.run([str(BIN / "retort"), "plugin", "check", str(library)], capture_output=True, text=True,
                              env=self.tree.environment() | {"RETORT_LOAD_LIMIT": "1"}, timeout=60)
        last = self.clean(done.stdout + done.stderr)
        self.expect(f"check, {says}", (done.returncode, last), (code, expected))

    def run(self, says, type, code, expected):
        """A run in which one node is of the broken type and another is good."""
        self.tree.commands = {}
        graph = {"retort": 1, "nodes": {"bad": {"type": type}, "good": {"type": "test.text", "params": {"text": says}}}}
        (self.tree.work / "g.json").write_text(json.dumps(graph))
        environment = self.tree.environment() | {"RETORT_LOAD_LIMIT": "1"}
        environment["RETORT_PLUGIN_PATH"] += f":{BUILD}/test_plugins"
        done = subprocess.run([str(BIN / "retort"), "run", "g.json", "--json", "--plain"], capture_output=True, text=True,
                              cwd=self.tree.work, env=environment, timeout=60)
        got = self.clean(done.stderr)
        if done.stdout:
            nodes = {n["name"]: n for n in json.loads(done.stdout)["nodes"]}
            got = self.clean(nodes["bad"]["error"]["kind"] + ": " + nodes["bad"]["error"]["text"])
            if nodes["good"]["status"] not in ("done", "hit"):
                got += f"; and good is {nodes['good']['status']}"
        self.expect(f"run, {says}", (done.returncode, got), (code, expected))

    def listed(self, says, *problems):
        done = self.tree.retort("plugin", "list")
        for problem in problems:
            self.expect(says, (0, self.clean(done.stderr)), (0, f"…warning: {problem}…"))

    def expect(self, says, got, expected):
        text = expected[1]
        if text.startswith("…") and text.endswith("…"):
            matches = text.strip("…") in got[1]
        elif text.endswith("…"):
            matches = got[1].startswith(text[:-1])
        else:
            matches = got[1] == text
        self.checks.holds(says, got[0] == expected[0] and matches, got, expected)


def cases(b):
    out = b.tree.output
    text = out / "text.so"
    text.write_text("this is no library\n")
    b.check("no library", text, 6, "retort-worker: PLUGINS/text.so: cannot be opened: PLUGINS/text.so: file too short")

    bare = b.build("bare")
    b.tree.run("g++", "-shared", "-fPIC", "-x", "c++", "-o", bare, "/dev/null")
    message = 'PLUGINS/bare.so: exports no "retort_plugin" (its last line must be RETORT_PLUGIN(…))'
    b.check("no plugin in it", bare, 6, f"retort-worker: {message}")
    b.run("no plugin in it", "bad.bare", 6, f"plugin: {message}")

    cut = b.build("cut")
    cut.write_bytes(cut.read_bytes()[:3000])
    b.check("cut off", cut, 6, "retort-worker: PLUGINS/cut.so: is cut off: 3000 of …")
    b.run("cut off", "bad.cut", 6, "plugin: PLUGINS/cut.so: is cut off: 3000 of …")

    gone = b.build("gone")
    gone.unlink()
    b.run("library removed", "bad.gone", 6, "plugin: PLUGINS/gone.so: cannot be opened: PLUGINS/gone.so: cannot open shared object "
          "file: No such file or directory")

    layout = """#ifdef BREAK
extern "C" __attribute__((visibility("default"))) const unsigned retort_plugin[8] = {1, 2, 3};
#else
RETORT_PLUGIN(Layout, "bad.layout")
#endif"""
    library = b.build("layout", last=layout)
    message = 'PLUGINS/layout.so: exports "retort_plugin" of another layout'
    b.check("another layout", library, 6, f"retort-worker: {message}")
    b.run("another layout", "bad.layout", 6, f"plugin: {message}")

    for name, build in (("old_sdk", "sdk 0; gcc 12; cxx11abi 1; torch none"), ("other_torch", "sdk 2; gcc 12; cxx11abi 1; torch 1.13.1")):
        cls = "".join(word.title() for word in name.split("_"))
        last = f"""#ifdef BREAK
extern "C" RETORT_API const ::retort::PluginDescriptor retort_plugin;
const ::retort::PluginDescriptor retort_plugin = {{::retort::kPluginMagic, "{build}", "node", "bad.{name}", "x.cpp",
  []() -> ::retort::Plugin* {{ return new {cls}; }}}};
#else
RETORT_PLUGIN({cls}, "bad.{name}")
#endif"""
        library = b.build(name, last=last)
        message = f'PLUGINS/{name}.so: built as "{build}", this worker is "OURS"; build both with the same compiler, SDK and libtorch'
        b.check(name, library, 6, f"retort-worker: {message}")
        b.run(name, f"bad.{name}", 6, f"plugin: {message}")

    undefined = b.build("undefined", before="#ifdef BREAK\nint nobody_defines_this();\n#else\nstatic int nobody_defines_this() { return 0; }\n#endif",
                        run="a_ += nobody_defines_this();")
    message = "PLUGINS/undefined.so: cannot be opened: PLUGINS/undefined.so: undefined symbol: _Z19nobody_defines_thisv"
    b.check("missing symbol", undefined, 6, f"retort-worker: {message}")
    b.run("missing symbol", "bad.undefined", 6, f"plugin: {message}")

    def on_load(name, statement):
        return b.build(name, before=f"#include <csignal>\n#include <stdexcept>\n#ifdef BREAK\nstatic const bool kBroken = [] {{ {statement} return true; }}();\n#endif")

    opening = ", while opening plugins and inputs"
    crash = on_load("crash", "std::raise(SIGSEGV);")
    b.check("crash on load", crash, 6, "retort: PLUGINS/crash.so: the worker that checked it died (Segmentation fault): its code "
            "crashes when it is opened or called")
    b.run("crash on load", "bad.crash", 1, f"lost: the worker died, killed by SIGSEGV (Segmentation fault){opening}…")

    thrown = on_load("thrown", 'throw std::runtime_error("not today");')
    b.check("exception on load", thrown, 6, "retort-worker: PLUGINS/thrown.so: cannot be opened: not today")
    b.run("exception on load", "bad.thrown", 6, "plugin: PLUGINS/thrown.so: cannot be opened: not today")

    hang = on_load("hang", "for (volatile bool go_on = true; go_on;) {}")
    message = "retort-worker: PLUGINS/hang.so: opening it did not end within 1 s"
    b.check("hang on load", hang, 6, message)
    b.run("hang on load", "bad.hang", 1, f"lost: the worker died, exit code 6{opening}; its last lines (LOG):\n{message}…")

    leave = on_load("leave", "std::_Exit(0);")
    b.run("exit on load", "bad.leave", 1, f"lost: the worker died, exit code 0{opening}…")

    unmade = b.build("unmade", before="#include <stdexcept>", members='#ifdef BREAK\nUnmade() { throw std::runtime_error("no memory of it"); }\n#endif')
    message = 'plugin "bad.unmade" cannot be made: no memory of it'
    b.check("constructor throws", unmade, 6, f"retort-worker: {message}")
    b.run("constructor throws", "bad.unmade", 6, f"plugin: {message}")

    b.build("twice", type="bad.twice")
    b.build("twin", type="bad.twice")
    b.listed("a name twice", 'node "bad.twice" of PLUGINS/twin.json is already in PLUGINS/twice.json')

    stale = b.build("stale")
    manifest = out / "stale.json"
    about = json.loads(manifest.read_text())
    about["loads"] = {"stale.so": "0" * 40}
    manifest.write_text(json.dumps(about))
    b.check("manifest of another build", stale, 1,
            "…FAIL  the manifest beside the library is current: it describes another build of stale.so; build the plugin again…")
    b.run("manifest of another build", "bad.stale", 6,
          "plugin: PLUGINS/stale.so or what it links was built again after the run was planned; run again")

    for name, broken in (("halved", lambda t: t[:len(t) // 2]), ("listed", lambda t: "[]"),
                         ("future", lambda t: t.replace('"retort_manifest": 1', '"retort_manifest": 9'))):
        b.build(name)
        path = out / f"{name}.json"
        path.write_text(broken(path.read_text()))
    b.listed("manifests that cannot be read", "cannot use PLUGINS/halved.json: …", "cannot use PLUGINS/listed.json: …",
             "cannot use PLUGINS/future.json: not a manifest of version 1")


def main():
    broken = Broken()
    cases(broken)
    broken.tree.remove()
    return broken.checks.end()


if __name__ == "__main__":
    sys.exit(main())
