"""Opens what the sources and pages cite.

  METHODS.md 2.3 and SSL.md 3.1, in any file    the page has a heading of that number
  [text](FILE#SECTION) in a Markdown page        the file is there, and so is the heading
  FOLDER/PAGE.md, *Section* in a comment         the same
  `folder/name.ext` in a Markdown page           a tracked file ends so (a .json below graphs/ or datasets/ only)
  folder/name.ext, name.h in a comment           the same, but for NAME, which stands for any
Prints every citation that leads nowhere, with its place, and fails if there is one.
usage: check_citations.py ROOT
"""
import collections
import pathlib
import re
import subprocess
import sys

PAGES = {"METHODS.md": "plugins/METHODS.md", "SSL.md": "plugins/SSL.md"}
TEXT = {".cpp", ".h", ".md", ".json", ".py", ".cmake", ".txt", ".js", ".css"}
CODE = {".cpp", ".h", ".cmake", ".js"}
SECTION = re.compile(r"\b(METHODS|SSL)\.md(?:\)|`)?((?:[ ,]*(?:and )?\d+(?:\.\d+)*)+)")
NOWHERE = re.compile(r"\b(methods|ssl|methods-modern)\.md\b")
LINK = re.compile(r"\]\(([^)\s]+)\)")
PATH = re.compile(r"`((?:graphs|datasets)/[a-z0-9_./-]+\.json|[a-z0-9_.-]+(?:/[a-z0-9_.-]+)+\.(?:h|cpp|md|py|cmake|in))`")
COMMENT = re.compile(r"(?<!:)//.*|^\s*#.*")
NAMED = re.compile(r"(?<![\w./<*-])((?:[A-Za-z0-9_-]+/)*[A-Za-z0-9_-]+\.(?:h|cpp|md|cmake))\b(?:, \*([^*]+)\*)?")
# What comments name that is somebody else's.
FOREIGN = re.compile(r"^(ATen|c10|torch|boost|nlohmann|spdlog|gtest|gmock|cuda_runtime_api|nvml|jpeglib|png|zlib)\b")


def headings(page):
    """Of a Markdown page; a line of a code block is none."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    return [line.lstrip("#").strip() for line in text.splitlines() if re.match(r"#+ ", line)]


def anchors(page):
    """As hosting sites make them: lower case, spaces to hyphens, punctuation dropped, a number behind what is there already."""
    seen, all_of_them = collections.Counter(), set()
    for heading in headings(page):
        anchor = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        all_of_them.add(f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
        seen[anchor] += 1
    return all_of_them


class Check:
    def __init__(self, root):
        self.root = root
        listed = subprocess.run(["git", "-C", root, "ls-files"], capture_output=True, text=True, check=True).stdout
        self.tracked = [name for name in listed.split("\n") if (root / name).is_file()]
        self.ends = {name[at:] for name in self.tracked for at in (0, *(m.end() for m in re.finditer("/", name)))}
        self.numbers = {name: {h.split()[0] for h in headings(root / page)} for name, page in PAGES.items()}
        self.wrong, self.seen = [], 0

    def expect(self, holds, place, problem):
        self.seen += 1
        if not holds:
            self.wrong.append(f"{place}: {problem}")

    def sections(self, name, text):
        flat = text.replace("\n", " ")
        place = lambda match: f"{name}:{text.count(chr(10), 0, match.start()) + 1}"
        for match in SECTION.finditer(flat):
            for number in re.findall(r"\d+(?:\.\d+)*", match.group(2)):
                self.expect(number in self.numbers[match.group(1) + ".md"], place(match), f"{match.group(1)}.md has no section {number}")
        for match in NOWHERE.finditer(flat):
            self.expect(False, place(match), f"cites {match.group(0)}, which is not in this repository")

    def page(self, name, text):
        path = self.root / name
        place = lambda match: f"{name}:{text.count(chr(10), 0, match.start()) + 1}"
        for match in LINK.finditer(text):
            target, _, section = match.group(1).partition("#")
            if "://" in target or target.startswith("mailto:"):
                continue
            page = (path.parent / target).resolve() if target else path
            self.expect(page.exists(), place(match), f"{target} is not there")
            if section and page.exists():
                self.expect(section in anchors(page), place(match), f"{target or name} has no section #{section}")
        for match in PATH.finditer(text):
            self.expect(match.group(1) in self.ends, place(match), f"no file `{match.group(1)}`")

    def comments(self, name, text):
        for number, line in enumerate(text.splitlines(), 1):
            for comment in COMMENT.findall(line):
                for file, section in NAMED.findall(comment):
                    if FOREIGN.match(file) or "NAME" in file:
                        continue
                    self.expect(file in self.ends or file + ".in" in self.ends, f"{name}:{number}", f"no file {file}")
                    if section and file in self.ends and (self.root / file).is_file():
                        self.expect(section in headings(self.root / file), f"{name}:{number}", f"{file} has no section {section}")


def main():
    check = Check(pathlib.Path(sys.argv[1]))
    for name in check.tracked:
        path = check.root / name
        if path.suffix not in TEXT or path.name == pathlib.Path(__file__).name:
            continue
        text = path.read_text(errors="replace")
        check.sections(name, re.sub(r"\n(?:[ \t]*//+|[ \t]*\*|[ \t]*#)?[ \t]*", "\n", text))
        if path.suffix == ".md":
            check.page(name, text)
        elif path.suffix in CODE:
            check.comments(name, text)
    print("\n".join(check.wrong) or f"{check.seen} citations lead somewhere")
    sys.exit(1 if check.wrong or not check.seen else 0)


main()
