#!/usr/bin/env python3
"""The engine beside ninja, make, Snakemake and redun on the same generated graphs: tests/bench/engine/engine.py BUILD.

Everything is measured from outside the process, its start included, in rounds in which the order of the tools alternates;
medians and ratios are of one run on one machine and mean nothing beside those of another. Raw numbers go to --raw.
"""
import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv

import shapes

PEERS = {"snakemake": "snakemake", "redun": "redun"}
NULL = subprocess.DEVNULL


class Measured:
    """Seconds, seconds of processor and peak memory (MiB; never below that of this script, which the process begins
    as) of runs of one command."""

    def __init__(self):
        self.wall, self.cpu, self.memory = [], [], []

    def median(self):
        return statistics.median(self.wall)


def timed(command, folder, env, into=None):
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=env, stdout=NULL, stderr=NULL, stdin=NULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    if process.returncode not in (0, 3):
        raise SystemExit(f"{' '.join(command)} in {folder}: exit code {process.returncode}")
    if into is not None:
        into.wall.append(wall)
        into.cpu.append(usage.ru_utime + usage.ru_stime)
        into.memory.append(usage.ru_maxrss / 1024)
    return wall


def alternate(rounds, jobs):
    """jobs: {name: function(Measured)}; every other round backwards."""
    results = {name: Measured() for name in jobs}
    for number in range(rounds):
        names = list(jobs)
        for name in names if number % 2 == 0 else reversed(names):
            jobs[name](results[name])
    return results


class Bench:
    def __init__(self, options):
        self.options = options
        build = os.path.abspath(options.build)
        self.retort = os.path.join(build, "bin", "retort")
        self.env = dict(os.environ, RETORT_PLUGIN_PATH=os.path.join(build, "test_plugins"))
        self.work = tempfile.mkdtemp(prefix="bench-engine-", dir=options.work)
        self.raw, self.rows = {}, []
        self.peers = self.install_peers() if options.peers else {}

    def install_peers(self):
        """In an environment of their own, made once."""
        where = os.path.join(os.path.abspath(self.options.build), "bench-peers")
        python = os.path.join(where, "bin", "python")
        if not os.path.exists(python):
            venv.create(where, with_pip=True)
        found = {}
        for name in self.options.peers.split(","):
            program = os.path.join(where, "bin", name)
            if not os.path.exists(program):
                print(f"installing {name}", file=sys.stderr)
                subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", PEERS[name]])
            if os.path.exists(program):
                found[name] = program
            else:
                print(f"{name} could not be installed: left out", file=sys.stderr)
        return found

    def folder(self, name, nodes):
        folder = os.path.join(self.work, name)
        os.makedirs(os.path.join(folder, "o"))
        for write in (shapes.write_retort, shapes.write_ninja, shapes.write_make):
            write(folder, nodes)
        return folder

    def store(self, folder, name="store"):
        return os.path.join(folder, name)

    def command(self, folder, verb="run", store="store"):
        return [self.retort, verb, "g.json", "--store", self.store(folder, store)]

    def note(self, what, results, goals):
        """One row a tool; `goals`: {tool: (of what, at most)}: the ratio of the first tool to that one."""
        base = results["retort"].median()
        for name, one in results.items():
            row = {"what": what, "tool": name, "median": one.median(), "least": min(one.wall), "cpu":
                   statistics.median(one.cpu), "memory": max(one.memory), "rounds": len(one.wall)}
            if name != "retort":
                row["ratio"] = base / one.median()
                row["goal"] = goals.get(name)
            self.rows.append(row)
            print(text_of(row), flush=True)
        self.raw[what] = {name: vars(one) for name, one in results.items()}

    def first_runs(self, folder, what, tools):
        """Everything has to run. Without rounds: once, and the others find what a finished build leaves."""
        if self.options.run_rounds == 0:
            measured = Measured()
            timed(self.command(folder), folder, self.env, measured)
            self.note(f"{what}: all nodes run", {"retort": measured}, {})
            return shapes.finish(folder, shapes.nodes_of("chains", self.options.nodes))

        def retort(into):
            shutil.rmtree(self.store(folder), ignore_errors=True)
            timed(self.command(folder), folder, self.env, into)

        def files(command):
            def run(into):
                shutil.rmtree(os.path.join(folder, "o"))
                for name in (".ninja_log", ".ninja_deps"):
                    if os.path.exists(os.path.join(folder, name)):
                        os.remove(os.path.join(folder, name))
                os.makedirs(os.path.join(folder, "o"))
                timed(command, folder, self.env, into)
            return run

        jobs = {"retort": retort}
        if "ninja" in tools:
            jobs["ninja"] = files(["ninja"])
        if "make" in tools:
            jobs["make"] = files(["make", "-s", f"-j{os.cpu_count()}"])
        self.note(f"{what}: all nodes run", alternate(self.options.run_rounds, jobs), {"ninja": 0.25, "make": 0.25})

    def no_ops(self, folder, what, rounds, make=True):
        jobs = {"retort": lambda into: timed(self.command(folder), folder, self.env, into),
                "ninja": lambda into: timed(["ninja"], folder, self.env, into)}
        if make:
            jobs["make"] = lambda into: timed(["make", "-s"], folder, self.env, into)
        time.sleep(2.5)  # what was written just now is looked into, whatever its time stamp says
        for job in jobs.values():
            job(Measured())
        results = alternate(rounds, jobs)
        self.note(f"{what}: nothing to do", results, {"ninja": 0.4})
        return results

    def cold_plans(self, folder, what, rounds):
        shutil.rmtree(self.store(folder, "empty"), ignore_errors=True)

        def full(into):
            shutil.rmtree(os.path.join(self.store(folder), "learned", "plans"), ignore_errors=True)
            timed(self.command(folder, "plan"), folder, self.env, into)

        results = alternate(rounds, {
            "retort": lambda into: timed(self.command(folder, "plan", "empty"), folder, self.env, into),
            "retort, full store": full,
            "ninja": lambda into: timed(["ninja"], folder, self.env, into)})
        self.note(f"{what}: plan without a kept one", results, {"ninja": 2})
        return results

    def first_node(self, folder, what, rounds):
        """From the start of the process to the event that says that a node runs."""
        measured = Measured()
        for _ in range(rounds):
            shutil.rmtree(self.store(folder, "first"), ignore_errors=True)
            start = time.time()
            process = subprocess.Popen(self.command(folder, store="first"), cwd=folder, env=self.env, stdout=NULL,
                                       stderr=subprocess.PIPE, text=True)
            for line in process.stderr:
                if ": running" in line:
                    break
            process.stderr.close()
            process.kill()
            process.wait()
            log = os.path.join(self.store(folder, "first"), "runs")
            log = os.path.join(log, os.listdir(log)[0], "events.jsonl")
            with open(log) as events:
                started = next(json.loads(line)["t"] for line in events if '"running"' in line)
            measured.wall.append(started - start)
            measured.cpu.append(0)
            measured.memory.append(0)
        self.note(f"{what}: first node started", {"retort": measured}, {})

    def beside_slow_peers(self, nodes):
        folder = self.folder("peers", nodes)
        what = f"{len(nodes)} nodes beside slower tools"
        shapes.write_snakemake(folder, nodes)
        shapes.write_redun(folder, nodes)
        jobs = {"retort": lambda into: timed(self.command(folder), folder, self.env, into)}
        if "snakemake" in self.peers:
            jobs["snakemake"] = lambda into: timed(
                [self.peers["snakemake"], "-q", "-j", str(os.cpu_count()), "--nolock"], folder, self.env, into)
        if "redun" in self.peers:
            jobs["redun"] = lambda into: timed([self.peers["redun"], "run", "flow.py", "main"], folder, self.env, into)
        first = {name: Measured() for name in jobs}
        for name, job in jobs.items():
            job(first[name])
        self.note(f"{what}: all nodes run", first, {})
        time.sleep(2.5)
        self.note(f"{what}: nothing to do", alternate(max(1, self.options.rounds // 5), jobs), {})

    def run(self):
        nodes, rounds = self.options.nodes, self.options.rounds
        wanted = self.options.only.split(",")
        if "chains" in wanted:
            listed = shapes.nodes_of("chains", nodes)
            folder, what = self.folder("chains", listed), f"{nodes} nodes in chains of 100"
            self.first_runs(folder, what, {"ninja", "make"})
            self.no_ops(folder, what, rounds)
            self.cold_plans(folder, what, rounds)
            self.first_node(folder, what, max(1, rounds // 4))
        for name, count in (("many", 10 * nodes), ("chain", 10 * nodes), ("dense", 600)):
            if name not in wanted:
                continue
            shape = "chains" if name == "many" else name
            listed = shapes.nodes_of(shape, count)
            folder = self.folder(name, listed)
            what = {"many": f"{count} nodes in chains of 100", "chain": f"a chain of {count}",
                    "dense": f"two dense layers of {count // 2}"}[name]
            measured = Measured()
            timed(self.command(folder), folder, self.env, measured)
            self.note(f"{what}: all nodes run", {"retort": measured}, {})
            shapes.finish(folder, listed)
            self.no_ops(folder, what, max(1, rounds // 2), make=name != "chain")  # make's recursion has its limits
            if name == "many":
                self.cold_plans(folder, what, max(1, rounds // 4))
        if "peers" in wanted and self.peers:
            self.beside_slow_peers(shapes.nodes_of("chains", self.options.peer_nodes))
        with open(self.options.raw, "w") as out:
            json.dump({"machine": machine(), "rows": self.rows, "raw": self.raw}, out, indent=1)
        shutil.rmtree(self.work)
        print(f"\n{machine()}\nraw numbers: {self.options.raw}")


def machine():
    model = next((line.split(": ")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True,
                            cwd=os.path.dirname(os.path.abspath(__file__))).stdout.strip()
    tools = [subprocess.run([tool, "--version"], capture_output=True, text=True).stdout.split("\n")[0]
             for tool in ("ninja", "make")]
    return (f"{os.cpu_count()} cores, {model}, load {os.getloadavg()[0]:.1f}; commit {commit}; ninja {tools[0]}; {tools[1]}; "
            f"Python {platform.python_version()}")


def seconds(value):
    return f"{1000 * value:.1f} ms" if value < 10 else f"{value:.1f} s"


def text_of(row):
    text = (f"{row['what']:<48} {row['tool']:<20} {seconds(row['median']):>10}  least {seconds(row['least']):>10}  "
            f"cpu {seconds(row['cpu']):>10}  {row['memory']:6.1f} MiB  n={row['rounds']}")
    if "ratio" in row:
        text += f"  retort / {row['tool']} = {row['ratio']:.3f}"
        if row["goal"]:
            text += f" (goal {row['goal']}: {'met' if row['ratio'] <= row['goal'] else 'missed'})"
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build")
    parser.add_argument("--nodes", type=int, default=10000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--run-rounds", type=int, default=3, help="rounds in which every node runs; 0: not compared")
    parser.add_argument("--only", default="chains,many,chain,dense,peers")
    parser.add_argument("--peers", default="snakemake,redun", help="slow tools to install; empty: none")
    parser.add_argument("--peer-nodes", type=int, default=1000)
    parser.add_argument("--raw", help="default: bench-engine.json in BUILD")
    parser.add_argument("--work", help="folder for graphs and stores")
    # ninja goes down a chain by calling itself: 100,000 nodes are deeper than the usual stack
    resource.setrlimit(resource.RLIMIT_STACK, (resource.getrlimit(resource.RLIMIT_STACK)[1],) * 2)
    options = parser.parse_args()
    options.raw = options.raw or os.path.join(options.build, "bench-engine.json")
    Bench(options).run()


if __name__ == "__main__":
    main()
