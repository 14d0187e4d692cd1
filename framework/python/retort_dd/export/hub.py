"""For the Hugging Face Hub: a folder that `datasets.load_dataset(FOLDER)` reads, with its card.

    FOLDER/README.md        the card: classes, sizes, key, what each step was made with
    FOLDER/datasheet.json   a graph that `retort run` makes the images with again
    FOLDER/data/SPLIT-00000-of-00001.parquet   columns image (PNG; encoded data sets keep the files they came as) and label

Class names stand in the Parquet file, where `datasets` looks for them: the labels are a ClassLabel with any names.
"""

import json
import os
import pathlib
import re
import shutil
import tempfile

from ..call import ask
from ..encoded import EncodedImages
from ..error import RetortError
from ..library import library
from ..picture import png

_HELD_OUT = ("val", "test")
_ROWS = 1000  # of a group in the file: what lies in memory at once


def write(result, folder, output=None):
    """Writes it whole or not at all; returns the path. `output`: one of several outputs with images ("train", "test").

    Floating pixels are clamped and rounded to 8 bits. Throws RetortError if the folder holds something. Needs pyarrow.
    """
    folder = pathlib.Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RetortError(f"{folder} is there already and not empty: name a new folder")
    artifact, images = result.images_of(output)
    split = {"val": "validation"}.get(artifact.name, artifact.name) if artifact.name in _HELD_OUT else "train"
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = pathlib.Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        _write_images(images, beside / "data" / f"{split}-00000-of-00001.parquet")
        datasheet = _datasheet(result, beside)
        (beside / "README.md").write_text(_card(result, artifact, images, split, datasheet), "utf-8")
        beside.chmod(0o777 & ~_umask())
        os.replace(beside, folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return folder


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _write_images(images, file):
    arrow, parquet = library("pyarrow"), library("pyarrow.parquet", "pyarrow")
    features = {"image": {"_type": "Image"}, "label": {"_type": "ClassLabel", "names": unique(images.classes)}}
    schema = arrow.schema(
        {"image": arrow.struct({"bytes": arrow.binary(), "path": arrow.string()}), "label": arrow.int64()},
        metadata={"huggingface": json.dumps({"info": {"features": features}})},
    )
    pixels = None if isinstance(images, EncodedImages) else images.bytes()
    file.parent.mkdir()
    with parquet.ParquetWriter(file, schema) as writer:
        for start in range(0, len(images), _ROWS):
            rows = range(start, min(start + _ROWS, len(images)))
            files = [images.bytes_of(i) if pixels is None else png(pixels[i].permute(1, 2, 0).contiguous().numpy()) for i in rows]
            cells = [{"bytes": data, "path": f"{i:06}.{'png' if data[1:4] == b'PNG' else 'jpg'}"} for i, data in zip(rows, files)]
            writer.write_table(arrow.table({"image": cells, "label": images.labels[start : rows.stop].tolist()}, schema))


def _datasheet(result, folder):
    """The datasheet that every export has, put into the folder."""
    with tempfile.TemporaryDirectory() as exported:
        ask("export", result.key, f"{exported}/result", "--store", str(result.store.root))
        text = pathlib.Path(exported, "result", "datasheet.json").read_text("utf-8")
    (folder / "datasheet.json").write_text(text, "utf-8")
    return json.loads(text)


def unique(classes):
    """Names as they are, told apart by their number where two are equal."""
    return [f"{name} ({i})" if classes.count(name) > 1 else name for i, name in enumerate(classes)]


def _front_matter(title, images, split):
    names = {str(i): name for i, name in enumerate(unique(images.classes))}
    matter = {
        "pretty_name": title,
        "task_categories": ["image-classification"],
        "tags": ["dataset-distillation", "retort"],
        "configs": [{"config_name": "default", "data_files": [{"split": split, "path": f"data/{split}-*"}]}],
        "dataset_info": {
            "features": [{"name": "image", "dtype": "image"}, {"name": "label", "dtype": {"class_label": {"names": names}}}]
        },
    }
    # JSON is YAML; it needs no library and no rules about quotes of its own.
    return "".join(f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in matter.items())


def _plain(text):
    """Text that Markdown shows as it is."""
    return re.sub(r"([\\`*_{}\[\]<>#|&!~])", r"\\\1", " ".join(str(text).split()))


def _card(result, artifact, images, split, datasheet):
    title = datasheet.get("title") or result.node
    count, classes = len(images), len(images.classes)
    counts = [int((images.labels == i).sum()) for i in range(classes)]
    per_class = (
        f"{counts[0]} of each" if len(set(counts)) == 1 else f"{min(counts, default=0)} to {max(counts, default=0)} of each"
    )
    side = artifact.meta.get("image_size")
    lines = [
        f"---\n{_front_matter(title, images, split)}---",
        f"# {_plain(title)}",
        f"{count} images ({side} × {side}, {artifact.meta.get('channels')} channels) of {classes} classes, {per_class}; split `{split}`. "
        f"They are output `{artifact.name}` of node {_plain(result.node)} (`{result.type}`) of that graph.",
        f"- Key: `{result.key}`\n- Digest of the images: `{artifact.digest}`\n- Made: {_plain(result.about.get('created', ''))}, "
        f"{result.about.get('seconds', 0):.1f} s on {_plain(result.about.get('device', ''))}, Retort {_plain(datasheet['datasheet'].get('retort', ''))}\n"
        f"- Space: {_plain(artifact.meta.get('space', 'pixels'))}; codec: {_plain(artifact.meta.get('codec', 'none'))}\n"
        f"- Normalisation of students: {_plain(json.dumps(artifact.meta.get('normalization')))}",
    ]
    lines += [f"- Warning: {_plain(text)}" for text in result.warnings]
    lines += [
        "## Classes",
        "\n".join(f"{i}. {_plain(name)}: {counts[i]}" for i, name in enumerate(images.classes)) or "none",
        "## How they were made",
        _steps(datasheet),
        "`retort run datasheet.json` makes them again: equal keys, equal bytes. Its nodes, with every default written:",
        f"```json\n{json.dumps(datasheet['nodes'], indent=1, ensure_ascii=False)}\n```",
    ]
    return "\n\n".join(lines) + "\n"


def _steps(datasheet):
    rows = [
        f"| {_plain(name)} | {_plain(node['type'])} | {_plain(', '.join(map(_link, node.get('inputs', {}).values())))} |"
        for name, node in datasheet["nodes"].items()
    ]
    return (
        "\n".join(["| node | type | from |", "| --- | --- | --- |", *rows])
        if rows
        else _plain(datasheet["datasheet"].get("problem", ""))
    )


def _link(value):
    return ", ".join(value) if isinstance(value, list) else value
