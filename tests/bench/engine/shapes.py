"""The same graph for every tool: nodes that do nothing, in the shapes that schedulers are measured with."""
import json
import os


def nodes_of(shape, nodes):
    """[(name, [names it needs])] in topological order. Shapes: chains (of 100 each), chain (one), dense (two layers)."""
    if shape == "dense":
        side = nodes // 2
        first = [(f"a{i}", []) for i in range(side)]
        return first + [(f"b{i}", [name for name, _ in first]) for i in range(side)]
    length = nodes if shape == "chain" else min(100, nodes)
    return [(f"n{c}_{i}", [f"n{c}_{i - 1}"] if i else []) for c in range(nodes // length) for i in range(length)]


def write_retort(folder, nodes):
    with open(os.path.join(folder, "g.json"), "w") as out:
        out.write('{"retort": 1, "nodes": {\n')
        lines = []
        for tag, (name, needs) in enumerate(nodes):
            node = {"type": "test.null", "params": {"tag": tag}}
            if needs:
                node["inputs"] = {"from": needs}
            lines.append(f'"{name}": {json.dumps(node)}')
        out.write(",\n".join(lines) + "\n}}\n")


def command_of(name):
    return f": > o/{name}"


def write_ninja(folder, nodes):
    with open(os.path.join(folder, "build.ninja"), "w") as out:
        out.write("rule null\n  command = : > $out\n")
        for name, needs in nodes:
            out.write(f"build o/{name}: null {' '.join('o/' + one for one in needs)}\n")


def write_make(folder, nodes):
    with open(os.path.join(folder, "Makefile"), "w") as out:
        out.write("all: " + " ".join("o/" + name for name, _ in nodes) + "\n")
        for name, needs in nodes:
            out.write(f"o/{name}: {' '.join('o/' + one for one in needs)}\n\t@: > $@\n")


def write_snakemake(folder, nodes):
    with open(os.path.join(folder, "Snakefile"), "w") as out:
        out.write("rule all:\n    input: " + ", ".join(f'"o/{name}"' for name, _ in nodes) + "\n")
        for name, needs in nodes:
            inputs = ", ".join(f'"o/{one}"' for one in needs)
            out.write(f"rule {name}:\n" + (f"    input: {inputs}\n" if inputs else "") +
                      f'    output: "o/{name}"\n    shell: ": > {{output}}"\n')


def write_redun(folder, nodes):
    with open(os.path.join(folder, "flow.py"), "w") as out:
        out.write("from redun import task\nredun_namespace = 'bench'\n\n\n"
                  "@task()\ndef null(tag, needs):\n    return tag\n\n\n@task()\ndef main():\n    done = {}\n")
        out.write(f"    for tag, (name, needs) in enumerate({nodes!r}):\n"
                  "        done[name] = null(tag, [done[one] for one in needs])\n    return list(done.values())\n")


def murmur64(data, seed=0xDECAFBADDECAFBAD):
    """The hash of a command in ninja's log (MurmurHash64A)."""
    mask, m, h = (1 << 64) - 1, 0xC6A4A7935BD1E995, 0
    h = (seed ^ (len(data) * m)) & mask
    for at in range(0, len(data) - len(data) % 8, 8):
        k = int.from_bytes(data[at:at + 8], "little") * m & mask
        k = (k ^ (k >> 47)) * m & mask
        h = (h ^ k) * m & mask
    tail = data[len(data) - len(data) % 8:]
    if tail:
        h = (h ^ int.from_bytes(tail, "little")) * m & mask
    h = (h ^ (h >> 47)) * m & mask
    return h ^ (h >> 47)


def finish(folder, nodes):
    """What a finished build of ninja and make leaves, without the minutes it takes: empty outputs and ninja's log."""
    os.makedirs(os.path.join(folder, "o"), exist_ok=True)
    with open(os.path.join(folder, ".ninja_log"), "w") as log:
        log.write("# ninja log v5\n")
        for name, _ in nodes:
            path = os.path.join(folder, "o", name)
            open(path, "w").close()
            log.write(f"0\t1\t{os.stat(path).st_mtime_ns}\to/{name}\t{murmur64(command_of(name).encode()):x}\n")
