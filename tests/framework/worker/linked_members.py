"""linked_members.py SOURCE BUILD LD AR: whether the identity of every plugin of a build covers what is linked into it.

Written without a look at how the engine finds it. The linker itself is asked: each tracked library's objects are put into an
archive, the plugin's objects are linked against all of them, and the members that it took are read off its map. The headers
are those that the compiler reported to ninja. Then the manifest must name exactly these sources, and at least these headers.
"""
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

source, build, linker, archiver = sys.argv[1:5]
source, build = pathlib.Path(source).resolve(), pathlib.Path(build).resolve()
if not (build / "build.ninja").exists():
    print("skipped: not a build by ninja")
    sys.exit(77)


def run(*words):
    done = subprocess.run([str(word) for word in words], cwd=build, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{words[0]} failed: {done.stderr[-2000:]}")
    return done.stdout


def below(path):
    """Its name below the source tree, or None."""
    path = (build / path).resolve()
    return str(path.relative_to(source)) if path.is_relative_to(source) else None


sources = {}  # object → source
for one in json.loads((build / "compile_commands.json").read_text()):
    output = re.search(r" -o (\S+) ", one["command"])
    sources[(pathlib.Path(one["directory"]) / output[1]).resolve()] = below(one["file"])

read = collections.defaultdict(set)  # object → files of the tree that the compiler read
current = None
for line in run("ninja", "-t", "deps").splitlines():
    if line and not line.startswith(" "):
        current = (build / line.split(":")[0]).resolve()
    elif line.strip():
        name = below(line.strip())
        if name and not name.startswith((".venv/", "build/")):
            read[current].add(name)

targets = collections.defaultdict(list)  # CMake target → objects
for each in sources:
    found = re.search(r"CMakeFiles/([^/]+)\.dir/", str(each))
    if found:
        targets[found[1]].append(each)


def is_sdk(name):
    return name.startswith("framework/")


problems, plugins, members = [], 0, 0
with tempfile.TemporaryDirectory() as folder:
    archives, object_of_member = [], {}
    for listing in build.rglob("*.members"):
        target = listing.name.removesuffix(".members").removeprefix("lib").rsplit(".", 1)[0]
        # Not another test's copy of the same libraries, nor a file that is called otherwise than what it is made of.
        if build / "installed" in listing.parents or target not in targets:
            continue
        copies = pathlib.Path(folder) / target
        copies.mkdir()
        for number, one in enumerate(targets[target]):
            link = copies / f"{target}-{number}.o"
            link.symlink_to(one)
            object_of_member[link.name] = one
        archives.append((target, copies / f"{target}.a"))
        run(archiver, "qcs", archives[-1][1], *sorted(copies.glob("*.o")))
    manifests = [path for folder in build.glob("*plugins") for path in folder.glob("*.json")]
    for path in sorted(manifests):
        manifest = json.loads(path.read_text())
        target = "retort_plugin_" + re.sub(r"[^A-Za-z0-9_]", "_", path.stem)
        if not manifest.get("code") or not targets.get(target):
            continue
        # The toy libraries hold the same symbols twice: of them only the one this plugin names.
        own = [a for name, a in archives if not name.startswith("toy_") or target.endswith(name)]
        linker_map = pathlib.Path(folder) / "map"
        run(linker, "-r", f"-Map={linker_map}", *targets[target], "--start-group", *own, "--end-group", "-o",
            pathlib.Path(folder) / "linked.o")
        taken = {object_of_member[name] for name in re.findall(r"\(([\w-]+\.o)\)", linker_map.read_text())}
        linked = taken | set(targets[target])
        declared = {name for name in manifest["code"]["files"] if not name.endswith(" flags")}
        expected = {sources[one] for one in linked}
        for name in sorted(expected - declared):
            problems.append(f"{path.stem}: links {name}, which is not in its identity")
        for name in sorted(n for n in declared - expected if n.endswith((".cpp", ".cc"))):
            problems.append(f"{path.stem}: {name} is in its identity and not linked")
        headers = {name for one in linked for name in read[one] if not is_sdk(name)}
        for name in sorted(headers - declared):
            problems.append(f"{path.stem}: its code includes {name}, which is not in its identity")
        plugins += 1
        members += len(taken)

print("\n".join(problems))
print(f"{plugins} plugins, {members} members linked, {len(problems)} problems")
sys.exit(bool(problems) or plugins == 0)
