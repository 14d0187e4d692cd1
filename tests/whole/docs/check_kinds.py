"""The table of kinds in plugins/README.md is the one that `retort kind list --json` gives.
usage: check_kinds.py SOURCE BUILD [--write]
--write puts it there.
"""
import json
import pathlib
import subprocess
import sys

HEAD = ["| kind | what it is | files | meta |", "| --- | --- | --- | --- |"]


def named(facts):
    """Names; in parentheses where a fact does not always hold."""
    sometimes = ("optional", "when", "unless")
    return ", ".join(f"(`{fact['name']}`)" if any(fact.get(word) for word in sometimes) else f"`{fact['name']}`" for fact in facts)


def row(kind):
    meta = named(kind["meta"]) or ("any, numbers" if "other_meta" in kind else "–")
    return f"| `{kind['kind']}` | {kind['summary']} | {named(kind['files'])} | {meta} |"


def main():
    source, build = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
    done = subprocess.run([build / "bin" / "retort", "kind", "list", "--json"], stdout=subprocess.PIPE, check=True)
    table = HEAD + [row(kind) for kind in json.loads(done.stdout) if "summary" in kind]
    page = source / "plugins" / "README.md"
    lines = page.read_text().split("\n")
    start = lines.index(HEAD[0])
    end = next(i for i in range(start, len(lines)) if not lines[i].startswith("|"))
    if "--write" in sys.argv:
        page.write_text("\n".join(lines[:start] + table + lines[end:]))
    elif lines[start:end] != table:
        here, there = set(lines[start:end]), set(table)
        print("plugins/README.md, Kinds of artifacts: check_kinds.py --write brings it up to date")
        print("\n".join([f"- {line}" for line in sorted(here - there)] + [f"+ {line}" for line in sorted(there - here)]))
        sys.exit(1)
    else:
        print(f"{len(table) - len(HEAD)} kinds")


main()
