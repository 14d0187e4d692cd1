"""A wheel as somebody with pip meets it: installed into a new environment, it computes what the build it came from computes (the
same keys, the same bytes), opens nothing of the source tree, a notebook gets the quickstart from it, and a plugin builds against it.

  wheel_check.py WHEEL --retort BIN --source TREE [--with-torch]

Without --with-torch the torch of this Python is used, as in an overlaid environment; with it pip downloads one."""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import venv

import torch

SMALL = ["--set", "data.per_class=20", "--set", "data.test_per_class=10", "--set", "encoder.epochs=1", "--set", "let.supervised.epochs=1",
         "--set", "let.recovery.iterations=5", "--set", "score.epochs=1", "--only", "seed=0"]

NOTEBOOK = """
import json, sys, retort_dd
words, store = json.loads(sys.argv[1]), sys.argv[2]
changed = dict(word.split("=") for word in words if word.count("=") and word != "seed=0")
run = retort_dd.quickstart(set={path: json.loads(value) for path, value in changed.items()}, only={"seed": 0}, store=store)
assert {node["status"] for node in run.nodes} == {"hit"}, run.nodes
assert run._repr_html_().count("<table") == 4 and run._repr_html_().count("<img") == 1
assert run["teacher"].network().features
"""


def run(*words, **options):
    done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode:
        sys.exit(f"failed with {done.returncode}: {' '.join(map(str, words))}\n{done.stdout}")
    return done.stdout


def contents(store):
    """The names of all results and of all files in them: keys and digests."""
    return sorted(path.name for folder in ("results", "objects") for path in (store / folder).rglob("*") if path.is_file())


def environment(folder, wheel, with_torch):
    venv.create(folder, with_pip=True)
    run(folder / "bin" / "pip", "install", "-q", "--disable-pip-version-check", *([] if with_torch else ["--no-deps"]), wheel)
    site = next((folder / "lib").glob("python*/site-packages"))
    if not with_torch:
        (site / "torch_elsewhere.pth").write_text(str(pathlib.Path(torch.__file__).parents[1]) + "\n")
    return folder / "bin" / "retort", site / "retort_dd"


def opened(trace, tree):
    return sorted({line.split('"')[1] for line in trace.read_text(errors="replace").splitlines()
                   if f'"{tree}/' in line and "ENOENT" not in line})


def main():
    words = argparse.ArgumentParser()
    words.add_argument("wheel", type=pathlib.Path)
    words.add_argument("--retort", type=pathlib.Path, required=True)
    words.add_argument("--source", type=pathlib.Path, required=True)
    words.add_argument("--with-torch", action="store_true")
    asked = words.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        place = pathlib.Path(scratch)
        command, package = environment(place / "environment", asked.wheel.resolve(), asked.with_torch)
        traced = ["strace", "-f", "-qq", "-e", "trace=open,openat,execve", "-o", place / "trace"] if shutil.which("strace") else []
        run(*traced, command, "quickstart", "--store", place / "from_wheel", *SMALL, cwd=place)
        run(asked.retort, "run", package / "share/retort/graphs/quickstart.json", "--store", place / "from_build", *SMALL, cwd=place)
        wheel, build = contents(place / "from_wheel"), contents(place / "from_build")
        if wheel != build or not wheel:
            sys.exit(f"the wheel's results are not the build's: {len(wheel)} and {len(build)} names, {len(set(wheel) ^ set(build))} differ")
        if traced and (touched := opened(place / "trace", asked.source.resolve())):
            sys.exit("the wheel opens files of the source tree:\n" + "\n".join(touched[:20]))
        (place / "notebook").mkdir()
        run(command.parent / "python", "-c", NOTEBOOK, json.dumps(SMALL), place / "from_wheel", cwd=place / "notebook")
        if left := list((place / "notebook").iterdir()):
            sys.exit(f"a notebook's folder is littered: {left}")
        run(command, "plugin", "new", "recover_loss", "my_loss", "--dir", place / "my")
        run(command, "plugin", "build", place / "my")
        run(command, "plugin", "check", "my_loss", cwd=place / "my")
        print(f"wheel: {len(wheel)} keys and files as the build's, {'no file of the source tree opened' if traced else 'strace is not here'}, "
              "a notebook shows the quickstart, a plugin builds against it and keeps its contract")


main()
