"""A small project that the harnesses of this folder edit and build for real: a library of several members, plugins that use some
of them, each compiled by one line of the compiler and described by retort-worker. Shares no code with the engine.

Every plugin reports what it was run with to $TOY_COUNTER: one line with all that its result depends on, its own constants and those
of the code it uses included. What ran is read from there, not from what the engine says.
"""
import concurrent.futures
import fcntl
import hashlib
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

BIN = pathlib.Path(os.environ.get("RETORT_BIN", "build/dev/bin")).resolve()
BUILD = BIN.parent
SHARED = BUILD / "toys"  # what the harnesses compile alike, compiled once

PLUGIN = """// {comment}
#include <sdk/node.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
{includes}
namespace {{

class {cls} final : public retort::Node {{
  int64_t a_ = 1, b_ = 0;
{members}  retort::Input from_;
  retort::Output out_;

 public:
  void declare(retort::Declare& d) override {{
    d.about("{doc}");
{declared}    d.param("a", a_, "{doc}");
    d.param("b", b_, "Nothing if 0").neutral(0);
{params}    d.inputs("from", from_, "text", "{doc}").optional();
    d.output("out", out_, "text", "{doc}");
  }}

  void run(retort::Run& run) override {{
    std::ostringstream what;
    what << "{type} c{code}"{use_values} << " a=" << a_ << " b=" << b_;
    {run}
    for (const auto& one : from_) what << " <" << std::ifstream(one.file("text.txt")).rdbuf() << ">";
    static_cast<void>(run);
    uint64_t hash = 1469598103934665603u;
    for (unsigned char c : what.str()) hash = (hash ^ c) * 1099511628211u;
    out_.file("text.txt") << hash % {modulus}u;
    if (const char* counter = std::getenv("TOY_COUNTER")) std::ofstream(counter, std::ios::app) << what.str() + "\\n";
  }}
}};

}}  // namespace

RETORT_PLUGIN({cls}, "{type}")
"""

# Plugins: what each uses of the library, and whether it is random, reads a file, gives few different results, has a second source file.
PLUGINS = {
    "toy.source": dict(cls="Source", uses=["first"], file=True),
    "toy.mix": dict(cls="Mix", uses=["first", "second"]),
    "toy.draw": dict(cls="Draw", uses=[], random=True, numeric=True, header=True),
    "toy.narrow": dict(cls="Narrow", uses=["third"], modulus=3, second=True),
}
# Members of the library: second reaches fourth; unused is in no plugin.
MEMBERS = {"first": [], "second": ["fourth"], "third": [], "fourth": [], "unused": []}
REACHED = {"first": ["first"], "second": ["second", "fourth"], "third": ["third"]}


def digest(what):
    return hashlib.sha256(json.dumps(what, default=str).encode()).hexdigest()[:16]


def fnv(text, modulus):
    value = 1469598103934665603
    for c in text.encode():
        value = ((value ^ c) * 1099511628211) & (2**64 - 1)
    return str(value % modulus)


class Checks:
    """What a harness checked and found wrong."""

    def __init__(self, name, what):
        self.name, self.what, self.count, self.wrong, self.started = name, what, 0, [], time.monotonic()

    def equal(self, says, got, expected):
        self.holds(says, got == expected, got, expected)

    def holds(self, says, good, got, expected):
        self.count += 1
        if not good:
            self.wrong.append(f"{says}\n  expected {expected}\n  got      {got}")

    def end(self):
        """Prints it; the exit code."""
        print("\n".join(self.wrong))
        print(f"{self.name}: {self.count} {self.what}, {len(self.wrong)} violations; {time.monotonic() - self.started:.1f} s")
        return 1 if self.wrong else 0


class ToyTree:
    def __init__(self, folder=None):
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="retort-toys-"))
        self.root = self.folder / "project"
        self.work = self.folder / "work"
        self.store = self.folder / "store"
        self.output = self.folder / "plugins"
        self.objects = self.folder / "objects"
        self.counter = self.folder / "counter"
        for each in (self.root / "plugins" / "toys", self.work, self.output, self.objects):
            each.mkdir(parents=True, exist_ok=True)
        self.constants = {name: 0 for name in MEMBERS} | {"header": 0, "flag": 0, "narrow second": 0} | {t: 0 for t in PLUGINS}
        self.comments = {}
        self.docs = {}
        self.padding = {}
        self.places = {}  # plugin: its folder below plugins/, if it has one
        self.versions, self.proofs, self.neutral = {}, {}, set()
        self.flags = self._flags()
        self.include = [f"-I{self.root}/plugins"]
        self.counter.write_text("")
        for name in ["toys.h", "limits.h"] + [f"{m}.cpp" for m in MEMBERS]:
            self.write_library_file(name)
        for plugin in PLUGINS:
            self.write_plugin(plugin)

    # ---- sources

    def pad(self, name, text):
        """Layout that changes nothing."""
        kind = self.padding.get(name, 0)
        if kind == 1:
            return text.replace("{\n", "{\n\n").replace(";\n", ";  /* here */\n")
        if kind == 2:
            return "// moved about\n" + text.replace(", ", " ,  ").replace(" + ", "\n    + ")
        return text

    def write_library_file(self, name):
        path = self.root / "plugins" / "toys" / name
        comment = self.comments.get(name, "as it was")
        if name == "toys.h":
            text = "#pragma once\n// %s\n%s" % (comment, "".join(f"int {m}_toy();\n" for m in MEMBERS))
        elif name == "limits.h":
            text = f"#pragma once\n// {comment}\ninline constexpr int kLimit = {self.constants['header']};\n"
        else:
            member = name.removesuffix(".cpp")
            calls = "".join(f" + 1000 * {other}_toy()" for other in MEMBERS[member])
            text = f'// {comment}\n#include "toys/toys.h"\n\nint {member}_toy() {{\n  return {self.constants[member]}{calls};\n}}\n'
        path.write_text(self.pad(name, text))

    def source_of(self, plugin):
        return self.root / "plugins" / self.places.get(plugin, "") / (plugin.replace(".", "_") + ".cpp")

    def second_of(self, plugin):
        source = self.source_of(plugin)
        return source.with_name(source.stem + "_second.cpp")

    def write_plugin(self, plugin):
        about = PLUGINS[plugin]
        uses = about["uses"]
        includes = ['#include "toys/toys.h"\n'] if uses else []
        values = "".join(f' << " {m}" << {m}_toy()' for m in uses)
        if about.get("header"):
            includes.append('#include "toys/limits.h"\n')
            values += ' << " limit" << kLimit << " flag" << TOY_FLAG'
        if about.get("second"):
            includes.append("int second_file();\n")
            values += ' << " second" << second_file()'
        declared = "".join(f"    d.{word}();\n" for word in ("random", "numeric") if about.get(word))
        declared += "    d.source();\n" if about.get("file") else ""
        if plugin in self.versions:
            declared += f"    d.version({self.versions[plugin]});\n"
        if plugin in self.proofs:
            declared += f'    d.proof(R"({json.dumps(self.proofs[plugin])})");\n'
        if plugin in self.neutral:
            declared += '    d.param("extra", extra_, "Nothing if 0").neutral(0);\n'
        params = '    d.param("file", file_, "What to read").path().required();\n' if about.get("file") else ""
        members = "  std::string file_;\n" if about.get("file") else ""
        members += "  int64_t extra_ = 0;\n" if plugin in self.neutral else ""
        run = 'if (extra_ != 0) what << " extra" << extra_;' if plugin in self.neutral else ""
        if about.get("random"):
            run = 'what << " seed" << run.seed();'
        if about.get("file"):
            run = 'what << " file" << file_.substr(file_.rfind(\'/\') + 1) << std::ifstream(file_).rdbuf();'
        text = PLUGIN.format(type=plugin, cls=about["cls"], code=self.constants[plugin], use_values=values, run=run,
                             includes="".join(includes), declared=declared, params=params, members=members,
                             comment=self.comments.get(plugin, "as it was"), doc=self.docs.get(plugin, "Say something"),
                             modulus=about.get("modulus", 2**63))
        self.source_of(plugin).parent.mkdir(parents=True, exist_ok=True)
        self.source_of(plugin).write_text(self.pad(plugin, text))
        if about.get("second"):
            self.second_of(plugin).write_text(f"int second_file() {{ return {self.constants['narrow second']}; }}\n")

    # ---- building

    def _flags(self):
        """As this build compiles its own test plugins."""
        for one in json.loads((BUILD / "compile_commands.json").read_text()):
            if one["file"].endswith("tests/whole/engine/plugins/text.cpp"):
                words = shlex.split(one["command"])
                break
        else:
            sys.exit("no command for tests/whole/engine/plugins/text.cpp in compile_commands.json")
        kept = [w for i, w in enumerate(words) if w.startswith(("-I", "-isystem", "-fsanitize", "-std="))
                or words[i - 1] == "-isystem"]
        return ["g++", *kept, "-O0", "-fPIC", "-fvisibility-inlines-hidden"]

    def run(self, *words, **more):
        done = subprocess.run([str(w) for w in words], capture_output=True, text=True, **more)
        if done.returncode:
            sys.exit(f"{' '.join(str(w) for w in words)}\nfailed: {done.stdout[-1000:]}{done.stderr[-3000:]}")
        return done.stdout

    def precompile(self):
        """The header that all plugins include, for the flags of now."""
        folder = SHARED / digest(self.flags)
        folder.mkdir(parents=True, exist_ok=True)
        header = folder / "sdk.h"
        with open(folder / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not pathlib.Path(f"{header}.gch").exists():
                header.write_text("#include <sdk/node.h>\n#include <fstream>\n#include <optional>\n#include <sstream>\n")
                self.run(*self.flags, "-x", "c++-header", header, "-o", f"{header}.part")
                os.rename(f"{header}.part", f"{header}.gch")
        return header

    def compile(self, source, name, *more, shared):
        """`shared`: every harness compiles the same, so one does it for all."""
        target = self.objects / f"{name}.o"
        words = [*self.flags, *self.include, *more, "-o", target, "-c", source]
        self.commands[str(target)] = dict(directory=str(self.folder), file=str(source), command=shlex.join(str(w) for w in words))
        if not shared:
            self.run(*words)
            return
        texts = [path.read_text() for path in (source, *sorted((self.root / "plugins" / "toys").glob("*.h")))]
        kept = SHARED / digest([self.flags, more, name, texts]) / "object.o"
        if not kept.exists():
            self.run(*words)
            kept.parent.mkdir(parents=True, exist_ok=True)
            part = kept.with_suffix(f".{os.getpid()}")
            shutil.copyfile(target, part)
            part.rename(kept)
        shutil.copyfile(kept, target)

    commands = None

    def build(self, members=None, plugins=None, flags=()):
        """Compiles what is named (default: all), links and describes all."""
        self.commands = self.commands or {}
        listing = self.folder / "compile_commands.json"
        jobs = [(self.root / "plugins" / "toys" / f"{member}.cpp", member) for member in (MEMBERS if members is None else members)]
        named = PLUGINS if plugins is None else plugins
        header = self.precompile() if named else None
        jobs += [(self.source_of(plugin), plugin, f"-DTOY_FLAG={self.constants['flag']}",
                  f'-DRETORT_PLUGIN_SOURCE="{self.source_of(plugin).relative_to(self.root)}"', "-include", header, *flags)
                 for plugin in named]
        jobs += [(self.second_of(plugin), f"{plugin}.second") for plugin in named if PLUGINS[plugin].get("second")]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for done in [pool.submit(self.compile, *job, shared=members is None and plugins is None) for job in jobs]:
                done.result()
        listing.write_text(json.dumps(list(self.commands.values())))
        library = self.folder / "libtoys.so"
        if members == [] and library.exists():
            for plugin in PLUGINS if plugins is None else plugins:
                self.link_and_describe(plugin)
            return
        members = [self.objects / f"{m}.o" for m in MEMBERS]
        self.run("g++", "-shared", "-Wl,--build-id", "-o", library, *members)
        self.run(BIN / "retort-worker", "members", library, "--root", self.root, "--commands", listing, "--object", *members)
        for plugin in PLUGINS:
            self.link_and_describe(plugin)

    def rewrite(self, plugin):
        """Its source as it is to be now, built."""
        self.write_plugin(plugin)
        self.build(members=[], plugins=[plugin])

    def link_and_describe(self, plugin):
        listing, library = self.folder / "compile_commands.json", self.folder / "libtoys.so"
        target = self.output / f"{plugin}.so"
        sdk = BUILD / "lib"
        objects = [self.objects / f"{plugin}.o"] + [self.objects / f"{plugin}.second.o"] * bool(PLUGINS[plugin].get("second"))
        self.run("g++", "-shared", "-Wl,--build-id", "-o", target, *objects, library, f"-L{sdk}", "-lretort_sdk",
                 f"-Wl,-rpath,{sdk}:{self.folder}")
        self.run(BIN / "retort-worker", "describe", target, "--root", self.root, "--output", self.output / f"{plugin}.json",
                 "--commands", listing, "--object", *objects, "--uses", library)

    # ---- running

    def environment(self):
        return os.environ | {"RETORT_PLUGIN_PATH": str(self.output), "RETORT_STORE": str(self.store),
                             "TOY_COUNTER": str(self.counter)}

    def retort(self, *words, code=0, folder=None):
        done = subprocess.run([str(BIN / "retort"), *[str(w) for w in words]], capture_output=True, text=True,
                              cwd=folder or self.work, env=self.environment())
        if code is not None and done.returncode != code:
            raise AssertionError(f"retort {' '.join(map(str, words))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def ran(self):
        """What plugins reported since the last call, sorted."""
        lines = sorted(self.counter.read_text().splitlines())
        self.counter.write_text("")
        return lines

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- what a plugin's report must be, worked out by hand

    def value(self, member):
        return self.constants[member] + sum(1000 * self.value(other) for other in MEMBERS[member])

    def report(self, plugin, a=1, b=0, seed=0, file=("", ""), inputs=()):
        """`file`: its own name, which a plugin may go by, and what it holds; not where it lies."""
        about = PLUGINS[plugin]
        text = f"{plugin} c{self.constants[plugin]}" + "".join(f" {m}{self.value(m)}" for m in about["uses"])
        if about.get("header"):
            text += f" limit{self.constants['header']} flag{self.constants['flag']}"
        if about.get("second"):
            text += f" second{self.constants['narrow second']}"
        text += f" a={a} b={b}"
        if about.get("random"):
            text += f" seed{seed}"
        if about.get("file"):
            text += " file" + "".join(file)
        return text + "".join(f" <{one}>" for one in inputs)

    def output_of(self, plugin, report):
        return fnv(report, PLUGINS[plugin].get("modulus", 2**63))
