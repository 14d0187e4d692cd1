"""Zip files that torch.save wrote and somebody packed again, damaged or forged: either the weights are those that torch.load
reads, or the file is refused with the reason. Nothing is read beyond the file, and nothing takes more memory or time than it."""
import json
import pathlib
import pickle
import struct
import subprocess
import sys
import tempfile
import warnings
import zipfile

from common import SOURCE, Artifact, command, keys_of, need, need_plugins

torch, files = need("torch", "safetensors.torch")
need_plugins("import.checkpoint", "resnet18")
sys.path.insert(0, str(SOURCE / "tests" / "whole" / "peers"))
from networks import import_torchvision  # noqa: E402

try:
    models = import_torchvision().models
except ImportError:
    from common import skip

    skip("there is no torchvision")
folder = pathlib.Path(tempfile.mkdtemp(prefix="retort_torch_files_"))
torch.manual_seed(0)


def narrow(name, value):
    """A tensor of ResNet-18 at a sixteenth of its width."""
    if value.dim() == 0:
        return value.clone()
    kept = [size if name == "conv1.weight" and i == 1 or i > 1 or name.startswith("fc") and i == 0 else size // 16
            for i, size in enumerate(value.shape)]
    made = torch.randn(kept) * 0.1
    return made.abs() + 0.5 if name.endswith("running_var") else made


state = {name: narrow(name, value) for name, value in models.resnet18(num_classes=7).state_dict().items()}
torch.save(state, folder / "whole.pt")
WHOLE = (folder / "whole.pt").read_bytes()
LARGEST = "whole/data/" + str(max(range(len(state)), key=lambda i: list(state.values())[i].numel()))


def packed(method_of=lambda name: zipfile.ZIP_STORED, change=lambda name, data: data, more=()):
    """The file packed again by Python's zipfile."""
    place = folder / "packed.zip"
    with zipfile.ZipFile(folder / "whole.pt") as old, zipfile.ZipFile(place, "w") as new:
        for info in old.infolist():
            data = change(info.filename, old.read(info.filename))
            if data is not None:
                new.writestr(zipfile.ZipInfo(info.filename), data, method_of(info.filename))
        for name, data in more:
            new.writestr(name, data)
    return place.read_bytes()


def places(data, name):
    """Where the local header and the directory's entry of a record are."""
    at = data.rfind(b"PK\5\6")
    directory = struct.unpack_from("<I", data, at + 16)[0]
    while data[directory:directory + 4] == b"PK\1\2":
        length, extra, comment = struct.unpack_from("<HHH", data, directory + 28)
        if data[directory + 46:directory + 46 + length].decode() == name:
            return struct.unpack_from("<I", data, directory + 42)[0], directory
        directory += 46 + length + extra + comment
    raise KeyError(name)


def patched(data, *changes):
    made = bytearray(data)
    for at, form, value in changes:
        struct.pack_into("<" + form, made, at, value)
    return bytes(made)


def without_checksums():
    torch.serialization.set_crc32_options(False)
    torch.save(state, folder / "plain.pt")
    torch.serialization.set_crc32_options(True)
    return (folder / "plain.pt").read_bytes()


PLAIN = packed()
ALL_DEFLATED = packed(lambda name: zipfile.ZIP_DEFLATED)
ONE_DEFLATED = packed(lambda name: zipfile.ZIP_DEFLATED if name == LARGEST else zipfile.ZIP_STORED)
NO_SUMS = without_checksums()
LARGEST_PLAIN = LARGEST.replace("whole/", "plain/")

READ = {
    "whole": WHOLE,
    "stored_again": PLAIN,
    "all_deflated": ALL_DEFLATED,
    "one_deflated": ONE_DEFLATED,
    "list_deflated": packed(lambda name: zipfile.ZIP_DEFLATED if name.endswith(".pkl") else zipfile.ZIP_STORED),
    "no_checksums": NO_SUMS,
    "a_comment": patched(PLAIN, (len(PLAIN) - 2, "H", 5)) + b"hello",
}


def forged():
    header, entry = places(PLAIN, LARGEST)
    torn = places(PLAIN, "whole/data/0")[1]
    whole_header = places(NO_SUMS, LARGEST_PLAIN)[0]
    deflated_header, deflated_entry = places(ONE_DEFLATED, LARGEST)
    size = struct.unpack_from("<I", PLAIN, entry + 24)[0]
    data_at = header + 30 + sum(struct.unpack_from("<HH", PLAIN, header + 26))
    end = PLAIN.rfind(b"PK\5\6")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        twice = packed(more=[(LARGEST, b"\0" * size)])
    return {
        "another_method": (patched(PLAIN, (header + 8, "H", 12), (entry + 10, "H", 12)), "is packed by method 12"),
        "encrypted": (patched(PLAIN, (entry + 8, "H", 1)), "is encrypted"),
        "two_methods": (patched(PLAIN, (header + 8, "H", 8)), "in another by its own header"),
        "larger_than_the_file": (patched(PLAIN, (entry + 20, "I", 1 << 30), (entry + 24, "I", 1 << 30)),
                                 "what follows it begins at byte"),
        "two_sizes": (patched(PLAIN, (entry + 24, "I", size + 4)), "is stored in"),
        "own_header_disagrees": (patched(PLAIN, (header + 22, "I", size - 4)), "has other sizes in its own header"),
        "inflates_to_more": (patched(ONE_DEFLATED, (deflated_header + 22, "I", size - 4), (deflated_entry + 24, "I", size - 4)),
                             "bytes, its record"),
        "inflates_to_less": (patched(ONE_DEFLATED, (deflated_header + 22, "I", size + 4), (deflated_entry + 24, "I", size + 4)),
                             "bytes, its record"),
        "inflates_beyond_reason": (patched(ONE_DEFLATED, (deflated_entry + 24, "I", 0xfffffff0)), "cannot inflate to"),
        "extra_beyond_the_file": (patched(PLAIN, (header + 28, "H", 65535)), "what follows it begins at byte"),
        "extra_moves_the_bytes": (patched(NO_SUMS, (whole_header + 28, "H", struct.unpack_from(
            "<H", NO_SUMS, whole_header + 28)[0] - 16)), "does not end at byte"),
        "extra_moves_the_bytes_with_checksum": (patched(WHOLE, (places(WHOLE, LARGEST)[0] + 28, "H", struct.unpack_from(
            "<H", WHOLE, places(WHOLE, LARGEST)[0] + 28)[0] - 16)), "than its checksum says"),
        "another_name": (patched(PLAIN, (header + 30, "B", ord("v"))), "has another name in its own header"),
        "another_place": (patched(PLAIN, (entry + 42, "I", header + 4)), "does not begin at byte"),
        "over_another": (patched(PLAIN, (entry + 42, "I", struct.unpack_from("<I", PLAIN, torn + 42)[0])), ""),
        "twice": (twice, "is there twice"),
        "directory_elsewhere": (patched(PLAIN, (end + 16, "I", len(PLAIN))), "directory is said to be where it cannot be"),
        "more_records_than_there_are": (patched(PLAIN, (end + 8, "H", 9999), (end + 10, "H", 9999)), "zip directory ends after"),
        "a_flipped_bit": (patched(PLAIN, (data_at + 8, "B", PLAIN[data_at + 8] ^ 64)), "than its checksum says"),
        "no_record": (packed(change=lambda name, data: None if name == LARGEST else data), "has no record"),
        "a_short_record": (packed(change=lambda name, data: data[:-4] if name == LARGEST else data), "bytes, its record"),
        "no_list": (packed(change=lambda name, data: None if name.endswith(".pkl") else data), "it has no data.pkl"),
        "two_lists": (packed(more=[("other/data.pkl", b"x")]), "holds two pickles"),
        "cut": (PLAIN[:-30], ""),
    }


def archive(made):
    """A zip as torch.save writes it, with this list of tensors."""
    place = folder / "made.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as new:
        new.writestr("archive/data.pkl", made)
        new.writestr("archive/byteorder", "little")
        new.writestr("archive/data/0", bytes(16))
    return place.read_bytes()


TENSOR = (b"ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\0\0\0cpuK\x04tQ"
          b"K\0%s%s\x89ccollections\nOrderedDict\n)RtR")


def tensor(sizes, strides):
    packed_list = lambda numbers: b"(" + b"".join(b"\x8a\x08" + struct.pack("<q", n) for n in numbers) + b"t"  # noqa: E731
    return TENSOR.replace(b"%s%s", packed_list(sizes) + packed_list(strides))


def text(value):
    return b"X" + struct.pack("<I", len(value)) + value


def pickles():
    holds_itself = {"a": 1}
    holds_itself["again"] = holds_itself
    many = {"a": 1}
    for i in range(300):
        many[f"again{i}"] = many
    deep = leaf = {}
    for _ in range(6):
        leaf.update({f"n{i}": None for i in range(100)})
        inner = {}
        for name in list(leaf):
            leaf[name] = inner
        leaf = inner
    a_list = [1]
    a_list.append(a_list)
    pairs = b"(" + b"N" * 2 + b"t"
    return {
        "holds_itself": (pickle.dumps(holds_itself, 2), "no network of a layout"),
        "holds_itself_300_times": (pickle.dumps(many, 2), "no network of a layout"),
        "holds_each_other": (pickle.dumps(deep, 2), "hold each other so often"),
        "a_list_in_itself": (pickle.dumps({"x": a_list}, 2), "no network of a layout"),
        "a_list_put_in_again_and_again": (b"\x80\2(" + pairs * 20000 + b"lq\0" + (b"0ccollections\nOrderedDict\nq\1" + (
            b"0h\1h\0\x85R" * 20000)) + b".", "entries into lists and dictionaries"),
        "a_long_name_again_and_again": (b"\x80\2}" + text(b"argparse" * 100000) + b"q\0" + text(b"x") + b"q\1"
                                        + b"h\0h\1\x930" * 1000 + b"00.", "longer than any name"),
        "a_tensor_of_stride_0": (b"\x80\2}" + text(b"conv1.weight") + tensor([1 << 40], [0]) + b"s.",
                                 "more elements than its storage"),
        "a_tensor_of_nothing": (b"\x80\2}" + text(b"conv1.weight") + tensor([0, 1 << 62, 1 << 62], [0, 0, 0]) + b"s.",
                                "more elements than its storage"),
        "a_tensor_beyond": (b"\x80\2}" + text(b"conv1.weight") + tensor([5], [1]) + b"s.", "reaches beyond its storage"),
        "many_dimensions": (b"\x80\2}" + text(b"conv1.weight") + tensor([1] * 65, [1] * 65) + b"s.", "has 65 dimensions"),
        "many_objects": (b"\x80\2(" + b"N" * 5_000_000 + b"t.", "makes more than"),
        "a_name_of_a_megabyte": (b"\x80\2}" + text(b"n" * (1 << 20)) + tensor([4], [1]) + b"s.", "a name has 1048576 letters"),
    }


def values_of(key):
    path = folder / "store" / "results" / key[:2] / key
    outputs = json.loads(path.read_text().split("\n", 1)[0])["outputs"]
    return files.load_file(Artifact(folder / "store", outputs["classifier"]).unpack(folder / "weights") / "weights.safetensors")


def main():
    refused = {**forged(), **{name: (archive(made), why) for name, (made, why) in pickles().items()}}
    nodes = {}
    for name, data in {**READ, **{name: data for name, (data, _) in refused.items()}}.items():
        (folder / (name + ".pt")).write_bytes(data)
        nodes[name] = {"type": "import.checkpoint", "params": {
            "file": str(folder / (name + ".pt")), "image_size": 32, "network": {"type": "resnet18", "width": 4, "stem": "imagenet"}}}
    bad_values(nodes, refused)
    graph = folder / "graph.json"
    graph.write_text(json.dumps({"retort": 1, "title": "test", "nodes": nodes}))
    done = subprocess.run([command(), "run", str(graph), "--plain", "--store", str(folder / "store")], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=250)
    assert done.returncode == 1, done.stdout
    told = {}
    for line in (sorted((folder / "store" / "runs").iterdir())[-1] / "events.jsonl").read_text().splitlines():
        event = json.loads(line)
        if event["ev"] == "node" and event.get("status") == "failed":
            told[event["node"]] = event["text"]
    for name, (_, why) in refused.items():
        assert name in told, f"{name} was read"
        assert why in told[name], f"{name}: {told[name]}\nlacks: {why}"
        assert "died" not in told[name] and "internal" not in told[name], f"{name}: {told[name]}"
    keys = keys_of(folder / "store")
    for name in READ:
        assert name not in told, f"{name}: {told.get(name)}"
        mine, theirs = values_of(keys[name]), torch.load(folder / (name + ".pt"), weights_only=True)
        for key, value in theirs.items():
            assert torch.equal(mine[key], value.to(mine[key].dtype)), (name, key)


def bad_values(nodes, refused):
    """Weights that torch.load reads and no network can compute with."""
    def changed(name, value):
        made = dict(state)
        made[name] = value
        return made

    cases = {
        "nan_weight": (changed("conv1.weight", state["conv1.weight"].clone().index_fill_(0, torch.tensor([1]), float("nan"))),
                       '"conv1.weight" has 147 of 588 values that are not finite, the first NaN at [1, 0, 0, 0]'),
        "infinite_buffer": (changed("bn1.running_mean", torch.tensor([1, float("inf"), 0, 0])),
                            '"bn1.running_mean" has 1 of 4 values that are not finite, the first inf at [1]'),
        "negative_variance": (changed("bn1.running_var", torch.tensor([1.0, -1, 1, 1])), '"bn1.running_var" has a variance of -1'),
        "too_large_for_float32": (changed("fc.bias", torch.full((7,), 1e300, dtype=torch.float64)), '"fc.bias" has 7 of 7 values'),
        "int8": (changed("fc.weight", (state["fc.weight"] * 100).to(torch.int8)), '"fc.weight" holds whole numbers (Char)'),
    }
    for name, (saved, why) in cases.items():
        torch.save(saved, folder / (name + ".pt"))
        refused[name] = (None, why)
        nodes[name] = {"type": "import.checkpoint", "params": {
            "file": str(folder / (name + ".pt")), "image_size": 32, "network": {"type": "resnet18", "width": 4, "stem": "imagenet"}}}
    half = {name: value.to(torch.bfloat16) if value.is_floating_point() else value for name, value in state.items()}
    torch.save(half, folder / "bfloat16.pt")
    READ["bfloat16"] = None
    nodes["bfloat16"] = {"type": "import.checkpoint", "params": {
        "file": str(folder / "bfloat16.pt"), "image_size": 32, "network": {"type": "resnet18", "width": 4, "stem": "imagenet"}}}


main()
