"""Our program and a step in Python taking turns on one machine: medians of seconds a step, and their ratio."""
import argparse
import statistics
import subprocess
import time


def arguments(doc, threads, rounds):
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--threads", type=int, nargs="+", default=threads)
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--width", type=int, nargs="+")
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    return parser


class Program:
    """Takes N steps for each line "N" on its input, and answers with the seconds of each."""

    def __init__(self, command):
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def steps(self, count):
        self._process.stdin.write(f"{count}\n")
        self._process.stdin.flush()
        return [float(part) for part in self._process.stdout.readline().split()]

    def close(self):
        self._process.stdin.close()
        self._process.wait()


def finished(step, device):
    """The step, and on a card the wait for its end."""
    if device == "cpu":
        return step
    import torch

    def whole():
        step()
        torch.cuda.synchronize()
    return whole


def timed(step, count, clock):
    seconds = []
    for _ in range(count):
        start = clock()
        step()
        seconds.append(clock() - start)
    return seconds


def compare(options, peer, name, width, batch, threads, step, each):
    """`rounds` times `each` steps of ours, then of the peer's. Prints and returns ours / peer."""
    ours = Program([options.program, name, str(width), str(batch), str(threads), options.clock, options.device])
    step = finished(step, options.device)
    warm, each = (1, each) if options.device == "cpu" else (10, 20)
    clock = time.perf_counter if options.clock == "wall" else time.process_time
    ours.steps(warm), timed(step, warm, clock)
    mine, theirs = [], []
    for _ in range(options.rounds):
        mine += ours.steps(each)
        theirs += timed(step, each, clock)
    ours.close()
    a, b = statistics.median(mine), statistics.median(theirs)
    print(f"{name:8} width {width:3} batch {batch} threads {threads} {options.device} {options.clock}: ours {a * 1e3:8.1f} ms, {peer} "
          f"{b * 1e3:8.1f} ms, ratio {a / b:.2f} (best {min(mine) / min(theirs):.2f})", flush=True)
    return a / b
