"""Does what a page tells its reader to do: the steps of a Markdown file, in a fresh folder, with an installed Retort.

Fenced blocks are steps by their info string:
  ```cpp file=PATH      the block becomes the file PATH (any language; missing folders are made)
  ```bash run           the block is run by bash; it must succeed (```bash run fails: it must not)
  ```text expect        every line of the block, trimmed, occurs in what the last run printed
Blocks with other info strings are prose. A page without a step fails.
usage: run_markdown.py PAGE PREFIX [NAME=VALUE ...]
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```", re.M | re.S)


def steps(page):
    for match in BLOCK.finditer(page.read_text()):
        line = page.read_text()[: match.start()].count("\n") + 1
        yield line, match.group(1).strip(), match.group(2)


def main():
    page, prefix = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    env = dict(os.environ, PATH=f"{prefix}/bin:{os.environ['PATH']}")
    env.update(pair.split("=", 1) for pair in sys.argv[3:])
    env.pop("RETORT_PLUGIN_PATH", None)
    printed, done = "", 0
    with tempfile.TemporaryDirectory() as folder:
        env["RETORT_STORE"] = f"{folder}/.retort"
        for line, info, body in steps(page):
            place = f"{page.name}:{line}"
            if "file=" in info:
                target = pathlib.Path(folder, info.split("file=", 1)[1].split()[0])
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(body)
            elif info.startswith("bash run"):
                result = subprocess.run(["bash", "-euo", "pipefail", "-c", body], cwd=folder, env=env,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                printed = result.stdout
                print(f"--- {place}\n{body}{printed}", flush=True)
                if (result.returncode != 0) != info.endswith("fails"):
                    sys.exit(f"{place}: exit status {result.returncode}")
            elif info == "text expect":
                flat = re.sub(r"\s+", " ", printed)
                for want in filter(None, (re.sub(r"\s+", " ", one).strip() for one in body.splitlines())):
                    if want not in flat:
                        sys.exit(f"{place}: not printed: {want}")
            else:
                continue
            done += 1
    if not done:
        sys.exit(f"{page}: no step found")
    print(f"{page.name}: {done} steps done")


main()
