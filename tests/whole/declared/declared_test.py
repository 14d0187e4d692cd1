"""What every plugin declares, against declared.txt: ports, defaults, limits, and whether it is random or numeric.

All of it is in keys and in what a graph means that leaves a value out: a default is a published constant (its source stands behind the
plugin's name), and one that changes must change here too. RETORT_UPDATE=1 writes the file anew from the manifests of the build and keeps
the sources; read what changed before you commit it. Only plugins that are built are looked at."""
import json
import os
import pathlib
import sys

FILE = pathlib.Path(__file__).with_name("declared.txt")


def shown(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def port_line(way, port):
    extra = [f"{key} {shown(port[key])}" for key in sorted(port) if key not in ("doc", "kind", "name")]
    return f"{way} {port['name']}: {', '.join([port['kind'], *extra])}"


def param_line(param):
    limits = [f"{key} {shown(param[key])}" for key in sorted(param) if key not in ("doc", "name", "default", "type")]
    return f"{param['name']} = {', '.join([shown(param.get('default')), param['type'], *limits])}"


def lines_of(manifest):
    flags = [flag for flag in ("random", "numeric", "source", "uncached") if manifest.get(flag)]
    return ([" ".join(flags) or "depends on its inputs and parameters alone"] + [port_line("in", port) for port in manifest["inputs"]] +
            [port_line("out", port) for port in manifest["outputs"]] + [param_line(param) for param in manifest["params"]])


def built():
    """(kind, type) → lines, of all manifests of the build."""
    found = {}
    for folder in os.environ["RETORT_PLUGIN_PATH"].split(":"):
        for file in sorted(pathlib.Path(folder).glob("*.json")):
            manifest = json.loads(file.read_text())
            found[f"{manifest['kind']} {manifest['type']}"] = lines_of(manifest)
    return found


def written():
    """The same, of the file, and the source of each."""
    blocks, sources, name = {}, {}, None
    for line in FILE.read_text().splitlines() if FILE.exists() else []:
        if line.startswith("["):
            name, sources_text = line[1:].split("]", 1)
            blocks[name], sources[name] = [], sources_text.strip()
        elif line and name:
            blocks[name].append(line)
    return blocks, sources


def update(now, blocks, sources):
    all_blocks = {**blocks, **now}
    text = "".join(f"[{name}] {sources.get(name, '')}".rstrip() + "\n" + "".join(line + "\n" for line in all_blocks[name]) + "\n"
                   for name in sorted(all_blocks))
    FILE.write_text(text.rstrip("\n") + "\n")


def main():
    now, (blocks, sources) = built(), written()
    if os.environ.get("RETORT_UPDATE"):
        return update(now, blocks, sources)
    bad = 0
    for name, lines in sorted(now.items()):
        known = blocks.get(name, [])
        for line in lines:
            if line not in known:
                print(f"{name}: declares     {line}")
        for line in known:
            if line not in lines:
                print(f"{name}: must declare {line}")
        bad += lines != known
    if bad:
        print(f"{bad} plugins differ from {FILE.name}; if that is meant: RETORT_UPDATE=1 ctest -R '^declared$'")
    sys.exit(1 if bad or not now else 0)


if __name__ == "__main__":
    main()
