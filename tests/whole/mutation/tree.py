"""A copy of the tree with a build of its own: what is mutated, built and tested. The checkout is only read."""
import os
import re
import shutil
import subprocess
import time
from pathlib import Path


def run(words, log, timeout=None, cwd=None, more=None):
    """The exit code, or None if it took too long; all that was printed goes to the end of `log`."""
    with open(log, "a") as out:
        print("$", *words, file=out, flush=True)
        child = subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT, cwd=cwd, start_new_session=True,
                                 env={**os.environ, **(more or {})})
        try:
            return child.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, 9)
            child.wait()
            return None


class Tree:
    def __init__(self, checkout, place, preset, cmake_options, jobs):
        self.checkout, self.root = Path(checkout), Path(place) / "tree"
        self.build, self.log = self.root / "build" / preset, Path(place) / "log.txt"
        self.preset, self.cmake_options, self.jobs = preset, cmake_options, jobs
        self.seconds = {}  # of a test without a mutant

    def files(self):
        listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=self.checkout,
                                capture_output=True, text=True, check=True).stdout.split("\n")
        return [file for file in listed if file and (self.checkout / file).is_file()]

    def copy(self):
        """Takes over what changed in the checkout since the last time; equal files keep their times, and their builds."""
        wanted = set(self.files())
        for file in wanted:
            source, target = self.checkout / file, self.root / file
            if target.is_file() and target.read_bytes() == source.read_bytes():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
        for folder, below, files in os.walk(self.root):
            if Path(folder) == self.root:
                below[:] = [name for name in below if name != "build"]
            for name in files:
                target = Path(folder) / name
                if str(target.relative_to(self.root)) not in wanted:
                    target.unlink()

    def configure(self):
        if (self.build / "build.ninja").exists():
            return
        code = run(["cmake", "--preset", self.preset, *self.cmake_options], self.log, cwd=self.root)
        if code != 0:
            raise SystemExit(f"mutations: cmake failed; see {self.log}")

    def make(self, targets, timeout=None, keep=True):
        """True if they were built. `keep`: a compiler cache may keep what comes out, which of a mutant is of no use."""
        if not targets:
            return True  # ninja without targets would build everything
        more = None if keep else {"CCACHE_READONLY": "1"}
        return run(["ninja", "-C", str(self.build), f"-j{self.jobs}", *targets], self.log, timeout, more=more) == 0

    def failing(self, tests, limit=None):
        """The tests that fail, or take longer than `limit` seconds each: "NAME" or "NAME (too long)"; the first ends it."""
        bad = []
        for test in tests:
            began = time.monotonic()
            code = run(["ctest", "--test-dir", str(self.build), "-R", f"^{re.escape(test)}$", "--no-tests=error",
                        "--output-on-failure"], self.log, limit and limit(test))
            if code is None:
                return [f"{test} (too long)"]
            if code != 0:
                return [test]
            self.seconds.setdefault(test, time.monotonic() - began)
        return bad

    def plugins(self):
        """FILE below plugins/ → name of the plugin it is the source of."""
        plugins = self.root / "plugins"
        return {str(rules.parent.relative_to(plugins) / file): name for rules in plugins.glob("*/*/CMakeLists.txt")
                for name, words in re.findall(r"retort_add_plugin\((\S+) ([^)]+)\)", rules.read_text())
                for file in words.split() if file.endswith(".cpp")}
