"""Opens what the sources and pages cite.

  METHODS.md 2.3 and SSL.md 3.1, in any file   the page has a heading of that number
  [text](FILE#SECTION) in a Markdown page       the file is there, and so is the heading
  `folder/name.ext` in a Markdown page          a tracked file ends so (a .json below graphs/ or datasets/ only)
Prints every citation that leads nowhere, with its place, and fails if there is one.
usage: check_citations.py ROOT
"""
import pathlib
import re
import subprocess
import sys

PAGES = {"METHODS.md": "plugins/METHODS.md", "SSL.md": "plugins/SSL.md"}
TEXT = {".cpp", ".h", ".md", ".json", ".py", ".cmake", ".txt", ".js", ".css"}
SECTION = re.compile(r"\b(METHODS|SSL)\.md(?:\)|`)?((?:[ ,]*(?:and )?\d+(?:\.\d+)*)+)")
NOWHERE = re.compile(r"\b(methods|ssl|methods-modern)\.md\b")
LINK = re.compile(r"\]\(([^)\s]+)\)")
PATH = re.compile(r"`((?:graphs|datasets)/[a-z0-9_./-]+\.json|[a-z0-9_.-]+(?:/[a-z0-9_.-]+)+\.(?:h|cpp|md|py|cmake|in))`")


def headings(page):
    return [line.lstrip("#").strip() for line in page.read_text().splitlines() if line.startswith("#")]


def anchor(heading):
    """As hosting sites make it: lower case, spaces to hyphens, punctuation dropped."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def main():
    root = pathlib.Path(sys.argv[1])
    tracked = subprocess.run(["git", "-C", root, "ls-files"], capture_output=True, text=True, check=True).stdout.split("\n")
    numbers = {name: {h.split()[0] for h in headings(root / page)} for name, page in PAGES.items()}
    wrong, seen = [], 0
    for name in filter(None, tracked):
        path = root / name
        if path.suffix not in TEXT or not path.is_file() or path.name == pathlib.Path(__file__).name:
            continue
        text = re.sub(r"\n(?:[ \t]*//+|[ \t]*\*|[ \t]*#)?[ \t]*", lambda m: "\n", path.read_text(errors="replace"))
        at = lambda match: f"{name}:{text.count(chr(10), 0, match.start()) + 1}"
        flat = text.replace("\n", " ")
        for match in SECTION.finditer(flat):
            for number in re.findall(r"\d+(?:\.\d+)*", match.group(2)):
                seen += 1
                if number not in numbers[match.group(1) + ".md"]:
                    wrong.append(f"{at(match)}: {match.group(1)}.md has no section {number}")
        wrong += [f"{at(m)}: cites {m.group(0)}, which is not in this repository" for m in NOWHERE.finditer(flat)]
        if path.suffix != ".md":
            continue
        for match in LINK.finditer(text):
            target, _, section = match.group(1).partition("#")
            if "://" in target or target.startswith("mailto:"):
                continue
            seen += 1
            page = (path.parent / target).resolve() if target else path
            if not page.exists():
                wrong.append(f"{at(match)}: {target} is not there")
            elif section and section not in map(anchor, headings(page)):
                wrong.append(f"{at(match)}: {target or name} has no section #{section}")
        for match in PATH.finditer(text):
            seen += 1
            if not any(one == match.group(1) or one.endswith("/" + match.group(1)) for one in tracked):
                wrong.append(f"{at(match)}: no file `{match.group(1)}`")
    print("\n".join(wrong) or f"{seen} citations lead somewhere")
    sys.exit(1 if wrong or not seen else 0)


main()
