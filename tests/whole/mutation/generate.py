"""Mutants: one line of one file, changed as somebody might change it by mistake.

universalmutator (PyPI) applies the rules; what it cannot know is left out here: comments, documentation, includes,
declarations, texts. A mutant is chosen by folder, file, line and rule in turn, each by the seed, so that neither long
files nor lines with many operators crowd out the others."""
import contextlib
import hashlib
import io
import random
import re
from dataclasses import dataclass
from pathlib import Path

from universalmutator import mutator

HERE = Path(__file__).parent
RULES = [str(HERE / "cxx.rules")]

SKIPPED_LINE = re.compile(
    r"""^\s*(//|\#|using\b|namespace\b|template\b|class\b|struct\b|enum\b|public:|private:|protected:|[}{)\];]*$|
        ["R]["(]|case\b|friend\b|extern\b|static_assert|RETORT_PLUGIN|RETORT_CHECK)""", re.X)
# Names of things people read, messages of errors: texts are compared by other tests, and a changed one is no mistake.
TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
PROSE = re.compile(r"\bd\.(about|input|inputs|output|component)\(|throw Error\(|run\.warn\(|\.log\(")


@dataclass(frozen=True)
class Mutant:
    file: str     # from the root of the tree
    line: int     # from 1
    before: str   # the line without its end
    after: str

    @property
    def id(self):
        text = "\0".join([self.file, str(self.line), self.before, self.after])
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def folder(self):
        return "/".join(Path(self.file).parts[:-1][:3])


def code_of(line):
    """The line without its trailing comment and with its texts emptied: what the compiler makes something of."""
    emptied = TEXT.sub('""', line)
    return re.sub(r"\s*//.*$", "", emptied).strip()


def is_code(line):
    return bool(code_of(line)) and not SKIPPED_LINE.match(line) and not PROSE.search(line)


def fits(before, after, previous):
    """False for what is known not to compile: half a statement left out, a minus between texts."""
    whole = code_of(before)
    if after.strip() == ";":
        ends = not previous or previous[-1] in ";{}:)"
        return ends and whole.count("(") == whole.count(")")
    place = next((i for i, (a, b) in enumerate(zip(before, after)) if a != b), len(after))
    return not ('"' in before or "to_string" in before) or "+" not in before[place:place + 2]


def mutants_of(root, file):
    """All mutants of a file, by line."""
    source = (Path(root) / file).read_text().splitlines(keepends=True)
    with contextlib.redirect_stdout(io.StringIO()):
        found = mutator.mutants_regexp(source, RULES, ignorePatterns=[], mutateTestCode=True, mutateBoth=True)
    by_line = {}
    in_raw_text = in_text = False
    skipped = set()
    for number, line in enumerate(source, 1):  # raw strings, and texts that go on from the line before
        if in_raw_text or in_text:
            skipped.add(number)
        opened = 'R"' in line
        in_raw_text = (in_raw_text or opened) and ')"' not in line[line.rfind('R"') if opened else 0:]
        if opened:
            skipped.add(number)
    for number, changed, *_ in found:
        before, after = source[number - 1].rstrip("\n"), changed.rstrip("\n")
        if number in skipped or not is_code(before) or code_of(before) == code_of(after):
            continue
        previous = next((code_of(line) for line in reversed(source[:number - 1]) if code_of(line)), "")
        if not fits(before, after, previous):
            continue
        by_line.setdefault(number, {})[code_of(after)] = Mutant(file, number, before, after)
    return {number: list(each.values()) for number, each in by_line.items()}


def chosen(root, files_by_folder, count, seed, left_out):
    """`count` mutants, folder by folder in turn; `left_out(mutant)` names those that are not wanted."""
    random_of = random.Random(seed)
    lines, result, ids = {}, [], set()
    folders = sorted(files_by_folder)
    weights = {}
    for folder in folders:
        for file in files_by_folder[folder]:
            lines[file] = mutants_of(root, file)
        weights[folder] = [len(lines[file]) for file in files_by_folder[folder]]
    folders = [folder for folder in folders if sum(weights[folder]) > 0]
    tries = 0
    while len(result) < count and tries < 100 * count:
        tries += 1
        folder = folders[len(result) % len(folders)]
        file = random_of.choices(files_by_folder[folder], weights[folder])[0]
        line = random_of.choice(sorted(lines[file]))
        mutant = random_of.choice(lines[file][line])
        if mutant.id in ids or left_out(mutant):
            continue
        ids.add(mutant.id)
        result.append(mutant)
    return result
