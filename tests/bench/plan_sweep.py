"""What planning a sweep of 100,000 nodes costs: seconds of the clock and of the processor, and the most memory.
usage: plan_sweep.py BUILD [SEEDS]   (BUILD: a build folder with the test plugins)
"""
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

build, seeds = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 10
graph = {
    "retort": 1,
    "nodes": {
        "data": {"type": "test.text"},
        "images": {"type": "test.copy", "inputs": {"from": "data"}},
        "labels": {"type": "test.copy", "inputs": {"from": "images"}},
        "score": {"type": "test.exam", "inputs": {"from": "labels"}},
    },
    "sweep": {
        "axes": {
            "loss": {"path": "images.suffix", "values": [f"loss {i}" for i in range(20)]},
            "labels": {"path": "labels.times", "linear": [1, 25], "n": 25},
            "skill": {"path": "score.skill", "linear": [0.1, 0.9], "n": 20},
        },
        "replicate": {"seed": list(range(seeds))},
    },
    "tables": [{"node": "score", "metrics": ["accuracy"], "rows": ["loss", "labels"], "columns": ["skill"]}],
}
with tempfile.TemporaryDirectory() as folder:
    pathlib.Path(folder, "g.json").write_text(json.dumps(graph))
    env = dict(os.environ, RETORT_PLUGIN_PATH=str(build / "test_plugins"), RETORT_STORE=f"{folder}/store")
    for words in (["validate", "g.json"], ["plan", "g.json"], ["plan", "g.json", "--page", "1000"]):
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        done = subprocess.run([str(build / "bin" / "retort"), *words], cwd=folder, env=env, text=True,
                              stdout=subprocess.PIPE, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"retort {' '.join(words)}: {time.monotonic() - start:.2f} s, processor {spent:.2f} s, "
              f"at most {after.ru_maxrss / 1024:.0f} MiB; {len(done.stdout.splitlines())} lines, the last:\n  "
              f"{done.stdout.splitlines()[-1]}")
