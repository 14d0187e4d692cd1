"""check_rooms finds what it is there for: one wrong include at a time in a tree where every include is allowed.
usage: breaches_test.py CHECK_ROOMS
"""
import pathlib
import subprocess
import sys
import tempfile

CHECK = pathlib.Path(sys.argv[1]).resolve()
GOOD = {
    "plugins/floors.txt": "# what there is\nlib low\nlib high\ncomponent loss sdk/loss.h\nnode make\n",
    "plugins/lib/low/low.h": '#include <vector>\n#include "core/json.h"\n#include "sdk/node.h"\n',
    "plugins/lib/high/high.cpp": '#include "high/high.h"\n\n#include "low/low.h"\n',
    "plugins/component/loss/own.cpp": '#include <boost/any.hpp>\n#include <sdk/node.h>\n',
    "plugins/node/make/beside.h": '#include "low/low.h"\n',
    "plugins/node/make/make.cpp": '#include "beside.h"\n#include "high/high.h"\n',
    "framework/core/json.h": "",
    "framework/sdk/node.h": '#include "core/json.h"\n',
    "framework/cli/run.cpp": '#include "plan/plan.h"\n',
}
BREACHES = [  # file, include, what is said of it
    ("plugins/lib/low/low.h", '"high/high.h"', "lib/low may not include high, only core sdk low"),
    ("plugins/lib/low/low.h", "<high/high.h>", "lib/low may not include high, only core sdk low"),
    ("plugins/lib/high/high.cpp", '"high.h"', 'a library includes its own files as "high/high.h"'),
    ("plugins/component/loss/own.cpp", '"store/store.h"', "component/loss may not include store, only core sdk low high"),
    ("plugins/component/loss/own.cpp", '"make/beside.h"', "component/loss may not include make, only core sdk low high"),
    ("plugins/node/make/make.cpp", '"loss/own.h"', "node/make may not include loss, only core sdk low high"),
    ("plugins/node/make/make.cpp", '"node/make/beside.h"', "node/make may not include node, only core sdk low high"),
    ("plugins/node/make/make.cpp", '"gone.h"', "no gone.h beside it"),
    ("framework/core/json.h", '"store/store.h"', "core may not include store"),
    ("framework/core/json.h", '"kinds/kind.h"', "core may not include kinds"),
    ("framework/cli/run.cpp", '"low/low.h"', "cli may not include low"),
    ("framework/cli/run.cpp", "<ATen/ATen.h>", "libtorch in cli"),
]
ROOMS = ("core", "log", "kinds", "catalog", "graph", "store", "events", "plan", "tables", "sched", "report", "cli", "sdk", "worker")


def check(root):
    done = subprocess.run([CHECK, root], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def main():
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for room in ROOMS:
            (root / "framework" / room).mkdir(parents=True)
        (root / "tests").mkdir()
        for name, text in GOOD.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        if check(root) != (0, "rooms: every include is allowed\n"):
            wrong.append(f"a tree without a breach: {check(root)}")
        for name, include, says in BREACHES:
            (root / name).write_text(f"#include {include}\n")
            code, text = check(root)
            if code != 1 or not text.startswith(f"{name}:1:") or says not in text or text.count("\n") != 1:
                wrong.append(f"{name} includes {include}: exit {code}, {text}")
            (root / name).write_text(GOOD[name])
        (root / "plugins/node/other").mkdir()
        if check(root) != (1, "plugins/node/other: not in plugins/floors.txt\n"):
            wrong.append(f"a folder that is not listed: {check(root)}")
    print("\n".join(wrong) or f"{len(BREACHES) + 1} breaches found")
    sys.exit(bool(wrong))


main()
