"""Memory of MTT and TESLA by the number of inner steps: peak of the worker's resident memory over that of the same node without
iterations. MTT keeps the graph of every step; TESLA may grow by the stored parameters (and augmented images) of a step alone.

  trajectory_memory.py BUILD [--steps 5 50] [--width 64] [--per-class 1]
"""
import argparse
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

MIB = 1024 * 1024
CLASSES, SIDE = 10, 32


def graph(method, steps, iterations, width, per_class):
    return {
        "retort": 1, "threads": 1,
        "nodes": {
            "data": {"type": "dataset.shapes", "params": {"classes": CLASSES, "per_class": 20, "test_per_class": 1, "size": SIDE}},
            "experts": {"type": "trajectory.experts", "inputs": {"data": "data.train"},
                        "params": {"network": {"type": "convnet", "width": width}, "experts": 1, "epochs": 1}},
            "images": {"type": f"distill.{method}", "inputs": {"data": "data.train", "trajectories": ["experts"]},
                       "params": {"per_class": per_class, "iterations": iterations, "steps": steps, "expert_epochs": 1, "max_start": 1,
                                  "augment": "dsa", "lr": 0, "lr_lr": 0}}}}


def peak(build, store, content):
    """MiB of the largest process of a run, in a process of its own: the system counts children for their parent's lifetime."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        file = pathlib.Path(store) / "graph.json"
        file.write_text(json.dumps(content))
        done = subprocess.run([build / "bin" / "retort", "run", file, "--store", file.parent / "store", "--plain"], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            print(done.stdout, file=sys.stderr)
        os.write(writer, str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss if done.returncode == 0 else 0).encode())
        os._exit(0)
    os.waitpid(child, 0)
    kib = int(os.read(reader, 32))
    if kib == 0:
        sys.exit("a run failed")
    return kib / 1024


def parameters(width):
    """Of ConvNet-3 with instance normalisation."""
    convolutions = (3 + width + width) * width * 9 + 3 * width
    return convolutions + 3 * 2 * width + width * (SIDE // 8) ** 2 * CLASSES + CLASSES


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--steps", type=int, nargs=2, default=[5, 50])
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--per-class", type=int, default=1)
    options = parser.parse_args()
    network, images = parameters(options.width) * 4 / MIB, options.per_class * CLASSES * 3 * SIDE * SIDE * 4 / MIB
    print(f"ConvNet-3 of width {options.width}: {parameters(options.width):,} parameters, {network:.2f} MiB; "
          f"{options.per_class * CLASSES} images, {images:.2f} MiB")
    with tempfile.TemporaryDirectory() as store:
        for method in ("tesla", "mtt"):
            measure = lambda steps, iterations: peak(options.build, store, graph(  # noqa: E731
                method, steps, iterations, options.width, options.per_class))
            measure(options.steps[0], 0)  # the experts' memory is another node's
            baseline = measure(options.steps[0] + 1, 0)
            few, many = (measure(steps, 2) - baseline for steps in options.steps)
            growth = (many - few) / (options.steps[1] - options.steps[0])
            print(f"{method}: {few:.1f} MiB above {baseline:.0f} at {options.steps[0]} steps, {many:.1f} at {options.steps[1]}: "
                  f"{growth:.2f} MiB a step ({growth / (network + images):.1f} times parameters and images)")


if __name__ == "__main__":
    main()
