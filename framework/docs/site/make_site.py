"""One searchable site of all pages of the repository, with a page for each plugin and each command that were built.

usage: make_site.py ROOT BUILD SITE [MKDOCS]
MKDOCS is the program; without it, ROOT/build/tools/bin/mkdocs or the one on the path. Exit code 77 where there is none.
A link that leads nowhere, or to a heading that is not there, is an error.
"""
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "framework/**.md", "plugins/**.md", "graphs/**.md", "tests/README.md")
CHAPTERS = {  # in the order of the site: title, and pages by the beginning of their path
    "Start": ("README.md",),
    "Graphs": ("graphs/",),
    "Plugins": ("plugins/",),
    "Engine": ("framework/",),
    "Working on it": ("CONTRIBUTING.md", "tests/", "CHANGELOG.md"),
}
LINK = re.compile(r"\]\(([^)\s#]+)(#[^)\s]*)?\)")
ABOUT_VALUES = {"min": "at least {}", "max": "at most {}", "greater_than": "greater than {}", "less_than": "less than {}",
                "component_kind": "a {}", "choices": "{}"}


def listed(root, *patterns):
    found = subprocess.run(["git", "-C", root, "ls-files", *patterns], capture_output=True, text=True, check=True).stdout
    return [name for name in found.split("\n") if name]


def as_site(text):
    """Hosting sites take whatever follows the language of a code block, and lists right behind a paragraph."""
    out, in_code = [], False
    for line in text.split("\n"):
        fence = re.match(r"(\s*```)(\w*)(.*)", line)
        if fence:
            file = re.search(r"file=(\S+)", fence.group(3))
            line = fence.group(1) + fence.group(2) + (f' title="{file.group(1)}"' if file else "")
            in_code = not in_code
        elif not in_code:
            item = re.match(r"\s*([-*]|\d+\.) ", line)
            if item and out and out[-1].strip() and not re.match(r"\s*([-*]|\d+\.) |\s", out[-1]):
                out.append("")
        out.append(line)
    return "\n".join(out)


def without_folders(text, folder):
    """A link to a folder leads to its page, or is text: the site shows no source."""
    def replaced(match):
        target = folder / match.group(2)
        if not target.is_dir():
            return match.group(0)
        return f"[{match.group(1)}]({match.group(2).rstrip('/')}/README.md)" if (target / "README.md").exists() else match.group(1)
    return re.sub(r"\[([^\]]*)\]\(([^)\s#:]+)\)", replaced, text)


def copy_pages(root, pages):
    """Under their own paths, so that links hold; with every file of the repository that they link."""
    names = [name for name in listed(root, *PAGES) if not name.startswith("tests/") or name == "tests/README.md"]
    for name in names:
        text = (root / name).read_text()
        target = pages / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(as_site(without_folders(text, (root / name).parent)))
        for link, _ in LINK.findall(text):
            linked = ((root / name).parent / link).resolve()
            if linked.is_file() and linked.is_relative_to(root) and linked.suffix != ".md":
                copy = pages / linked.relative_to(root)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(linked, copy)
    return names


def cell(text):
    return str(text).replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def code(value):
    return "`" + json.dumps(value).replace("|", "\\|") + "`"


def rules(param):
    said = []
    for field, words in ABOUT_VALUES.items():
        if field in param:
            value = " or ".join(param[field]) if field == "choices" else param[field]
            value = f"{value:g}" if isinstance(value, float) else value
            said.append(words.format(value))
    return f" ({', '.join(said)})" if said else ""


def default_of(param):
    if param.get("required") or "default" not in param:
        return "required"
    return "absent" if param["default"] is None else code(param["default"])


def plugin_page(plugin):
    lines = [f"# {plugin['type']}", "", cell(plugin["summary"]) + ".", ""]
    for title, ports in (("Inputs", plugin["inputs"]), ("Outputs", plugin["outputs"])):
        if ports:
            lines += [f"## {title}", "", "| name | kind | |", "| --- | --- | --- |"]
            for port in ports:
                kind = " or ".join(port.get("kinds") or [port["kind"]]) + (", several" if port.get("list") else "") + (
                    ", may be absent" if port.get("optional") else "")
                lines.append(f"| `{port['name']}` | {kind} | {cell(port['doc'])} |")
            lines.append("")
    if plugin["params"]:
        lines += ["## Parameters", "", "| name | type | default | |", "| --- | --- | --- | --- |"]
        for param in plugin["params"]:
            kind = param["type"].replace("component", param.get("component_kind", "component"))
            lines.append(f"| `{param['name']}` | {kind} | {default_of(param)} | {cell(param['doc'] + rules(param))} |")
        lines.append("")
    return "\n".join(lines)


def write_plugins(retort, pages):
    """One page a plugin; returns them as navigation, by kind."""
    kinds = collections.defaultdict(list)
    for plugin in json.loads(subprocess.run([retort, "plugin", "list", "--json"], capture_output=True, text=True, check=True).stdout):
        kinds[plugin["kind"]].append(plugin)
    navigation = []
    for kind, plugins in sorted(kinds.items(), key=lambda item: (item[0] != "node", item[0])):
        folder = pages / "reference" / kind
        folder.mkdir(parents=True)
        for plugin in plugins:
            (folder / f"{plugin['type']}.md").write_text(plugin_page(plugin))
        navigation.append({kind: [f"reference/{kind}/{plugin['type']}.md" for plugin in plugins]})
    return navigation


def write_headers(root, pages):
    """What a plugin may include, by Doxygen where there is one; returns its page as navigation."""
    doxygen = shutil.which("doxygen")
    if not doxygen:
        print("no doxygen: the site is without the headers' documentation (Debian: apt-get install doxygen)")
        return []
    places = [root / name for name in listed(root, "framework/sdk/**.h", "plugins/lib/**.h")]
    settings = {"PROJECT_NAME": "Retort: what a plugin includes", "OUTPUT_DIRECTORY": pages, "HTML_OUTPUT": "headers", "GENERATE_LATEX": "NO",
                "INPUT": " ".join(f'"{place}"' for place in places), "STRIP_FROM_PATH": root, "JAVADOC_AUTOBRIEF": "YES", "EXTRACT_ALL": "YES",
                "HIDE_UNDOC_RELATIONS": "YES", "QUIET": "YES", "WARNINGS": "NO", "HAVE_DOT": "NO", "PREDEFINED": "RETORT_API="}
    subprocess.run([doxygen, "-"], input="".join(f"{key} = {value}\n" for key, value in settings.items()), text=True, check=True,
                   stderr=subprocess.DEVNULL)
    (pages / "headers.md").write_text(f"# Headers\n\n[{len(places)} headers of the SDK and of the libraries of plugins](headers/index.html), by Doxygen.\n")
    return ["headers.md"]


def commands_of(retort, *group):
    text = subprocess.run([retort, *group, "--help"], capture_output=True, text=True).stdout
    return re.findall(r"^  (\w+)  +\S", text.split("COMMAND [arguments]")[-1], re.MULTILINE) if "COMMAND [arguments]" in text else []


def write_commands(retort, pages):
    folder = pages / "reference" / "command"
    folder.mkdir(parents=True)
    written = []
    for words in ([name] for name in commands_of(retort)):
        for command in [words] + [words + [name] for name in commands_of(retort, *words)]:
            text = subprocess.run([retort, *command, "--help"], capture_output=True, text=True).stdout
            page = folder / f"{'_'.join(command)}.md"
            page.write_text(f"# retort {' '.join(command)}\n\n```text\n{text.rstrip()}\n```\n")
            written.append(f"reference/command/{page.name}")
    return written


def navigation_of(names):
    found = []
    for title, beginnings in CHAPTERS.items():
        own = [name for beginning in beginnings for name in names if name.startswith(beginning)]
        own.sort(key=lambda name: not name.endswith("README.md") or name.count("/") > 1)
        found.append({title: own})
    return found


def generator(root, words):
    own = root / "build" / "tools" / "bin" / "mkdocs"
    return words[0] if words else str(own) if own.exists() else shutil.which("mkdocs")


def main():
    root, build, site = (pathlib.Path(word).resolve() for word in sys.argv[1:4])
    mkdocs = generator(root, sys.argv[4:])
    if not mkdocs:
        print("skipped: there is no mkdocs; ./dev docs installs it")
        sys.exit(77)
    pages = site.with_name(site.name + "-pages")
    for folder in (pages, site):
        shutil.rmtree(folder, ignore_errors=True)
    pages.mkdir(parents=True)
    navigation = navigation_of(copy_pages(root, pages))
    retort = build / "bin" / "retort"
    navigation[3:3] = [{"Reference": write_plugins(retort, pages) + write_headers(root, pages)}, {"Commands": write_commands(retort, pages)}]
    settings = site.with_name(site.name + ".yml")
    settings.write_text((root / "framework/docs/site/mkdocs.yml").read_text() + "\n".join(
        f"{key}: {json.dumps(value)}" for key, value in (("docs_dir", str(pages)), ("site_dir", str(site)), ("nav", navigation))) + "\n")
    # --strict counts warnings, and --quiet keeps it from seeing any; the variable is against an advertisement.
    done = subprocess.run([mkdocs, "build", "--strict", "--config-file", settings], capture_output=True, text=True,
                          env=os.environ | {"NO_MKDOCS_2_WARNING": "1"})
    if done.returncode == 0:
        print(f"{site}/index.html: {sum(1 for _ in site.rglob('*.html'))} pages")
    else:
        print("\n".join(line for line in done.stderr.split("\n") if not line.startswith("INFO")))
    sys.exit(done.returncode)


main()
