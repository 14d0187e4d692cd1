"""What lies in a store, against the contracts that `retort kind list --json` prints: read here by other means than the worker's
check, tensors too (the worker opens none).
usage: stored_kinds.py STORE
"""
import fnmatch
import json
import pathlib
import re
import struct
import subprocess
import sys

TYPES = {"U8": "uint8", "I16": "int16", "I32": "int32", "I64": "int64", "BOOL": "bool", "F16": "float16", "BF16": "bfloat16",
         "F32": "float32", "F64": "float64"}


def records(store):
    for path in sorted(pathlib.Path(store).glob("results/*/*")):
        yield json.loads(path.read_bytes().split(b"\n")[0])


def tensors_in(store, file):
    """Header of a safetensors file: name → (type, shape)."""
    if "text" in file:
        data = file["text"].encode()
    else:
        with open(pathlib.Path(store) / "objects" / file["sha256"][:2] / file["sha256"], "rb") as stream:
            size = stream.read(8)
            data = size + stream.read(struct.unpack("<Q", size)[0])
    header = json.loads(data[8:8 + struct.unpack("<Q", data[:8])[0]])
    header.pop("__metadata__", None)
    return {name: (TYPES[each["dtype"]], each["shape"]) for name, each in header.items()}


def holds(fact, meta):
    for word, wanted in (("when", True), ("unless", False)):
        if word in fact:
            entry, values = fact[word]["meta"], fact[word]["is"]
            return (entry in meta and (not values or meta[entry] in values)) == wanted
    return True


def letters(shape):
    return re.findall(r"\w+", shape)


def tensor_problems(contract, found, sizes):
    """`sizes`: what each letter of a shape stands for in this artifact."""
    for name, (kind, shape) in found.items():
        fact = next((each for each in contract["tensors"] if fnmatch.fnmatchcase(name, each["name"])), None)
        if fact is None:
            yield f"tensor {name} is not known"
            continue
        if fact["types"] and kind not in fact["types"]:
            yield f"tensor {name} is {kind}, not {fact['types']}"
        if not fact["shape"]:
            continue
        if len(letters(fact["shape"])) != len(shape):
            yield f"tensor {name} has shape {shape}, not {fact['shape']}"
        for letter, size in zip(letters(fact["shape"]), shape):
            wanted = int(letter) if letter.isdigit() else sizes.setdefault(letter, size)
            if wanted != size:
                yield f"tensor {name} has shape {shape}; {letter} is {wanted}"
    for fact in contract["tensors"]:
        if not fact["optional"] and not any(fnmatch.fnmatchcase(name, fact["name"]) for name in found):
            yield f"tensor {fact['name']} is missing"


def problems_of(store, contract, output):
    meta = output["meta"] or {}
    sizes = {letter: meta[name] for letter, name in (("N", "count"), ("C", "channels"), ("H", "image_size"), ("W", "image_size"))
             if name in meta}
    if isinstance(meta.get("classes"), list) and meta["classes"]:
        sizes["K"] = len(meta["classes"])
    if contract["kind"] == "predictions":
        sizes["K"] = meta["classes"]
    facts = [fact for fact in contract["files"] if holds(fact, meta)]
    for file in output["files"]:
        fact = next((each for each in facts if fnmatch.fnmatchcase(file["name"], each["name"])), None)
        if fact is None:
            yield f"file {file['name']} is not known"
        elif "tensors" in fact:
            yield from (f"{file['name']}: {problem}" for problem in tensor_problems(fact, tensors_in(store, file), dict(sizes)))
    known = {fact["name"] for fact in contract["meta"] if holds(fact, meta)}
    needed = {fact["name"] for fact in contract["meta"] if holds(fact, meta) and not fact["optional"]}
    if "other_meta" not in contract:
        yield from (f"meta {name} is not known" for name in set(meta) - known)
    yield from (f"meta {name} is missing" for name in needed - set(meta))


def check(store, retort):
    """Problems in words, and the kinds of all outputs that are there."""
    listed = json.loads(subprocess.run([retort, "kind", "list", "--json"], stdout=subprocess.PIPE, check=True).stdout)
    contracts = {kind["kind"]: kind for kind in listed if "files" in kind}
    problems, seen = [], set()
    for record in records(store):
        for port, output in record["outputs"].items():
            if output["kind"] in contracts:
                seen.add(output["kind"])
                problems += [f"{record['type']}, {port} ({output['kind']}): {problem}"
                             for problem in problems_of(store, contracts[output["kind"]], output)]
    return sorted(set(problems)), seen, set(contracts)


if __name__ == "__main__":
    found, there, _ = check(sys.argv[1], "retort")
    print("\n".join(found) or "no problem in " + ", ".join(sorted(there)))
    sys.exit(bool(found))
