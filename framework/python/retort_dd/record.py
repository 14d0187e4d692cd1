"""The record of one result, as it lies in a store (framework/docs/formats.md, *Record*), read and verified."""

import hashlib
import json
import re

from .error import DamagedError, RetortError

_FORMAT = 1
_KEY = re.compile(r"[0-9a-f]{64}")


def is_key(text):
    return isinstance(text, str) and _KEY.fullmatch(text) is not None


def place(digest):
    """Where something of this digest lies below results/ and objects/."""
    return f"{digest[:2]}/{digest}"


class _Number(float):
    """A number of a file with the text it had there: two programs may shorten one double to different texts."""

    def __new__(cls, text):
        number = super().__new__(cls, text)
        number.text = text
        return number


def _canonical(value):
    """JSON as digests are made of it: no spaces, names sorted, numbers as they were written."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{_canonical(name)}:{_canonical(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_canonical, value)) + "]"
    return value.text if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)


def artifact_digest(output):
    """SHA-256 of kind, meta, and names, sizes and digests of the files: what results made from it depend on."""
    lines = [output["kind"], _canonical(output["meta"])]
    for file in sorted(output["files"], key=lambda file: file["name"]):
        lines.append(f"{_canonical(file['name'])} {file['size']} {file['sha256']}")
    return hashlib.sha256("".join(line + "\n" for line in lines).encode()).hexdigest()


def read_record(path, key):
    """The JSON of the record in this file. Throws DamagedError naming file and key, RetortError for a newer format."""
    line, seal = path.read_bytes().partition(b"\n")[::2]
    if seal != b"sha256 " + hashlib.sha256(line + b"\n").hexdigest().encode() + b"\n":
        raise DamagedError(f"{path}: the record of {key} is damaged: its bytes have another digest than its last line says")
    written = json.loads(line, parse_float=_Number)
    if written.get("retort_record", 0) > _FORMAT:
        raise RetortError(f"{path} has record format {written['retort_record']}, this package reads {_FORMAT}; use a newer one")
    if written["key"] != key or hashlib.sha256(written["key_text"].encode()).hexdigest() != key:
        raise DamagedError(
            f"{path}: the record of {key} is damaged: it is that of {written['key']}, or its key text is another's"
        )
    for name, output in written["outputs"].items():
        if artifact_digest(output) != output["digest"]:
            raise DamagedError(f'{path}: the record of {key} is damaged: output "{name}" has another digest than it says')
        if not all(is_key(file["sha256"]) for file in output["files"]):
            raise DamagedError(f'{path}: the record of {key} is damaged: output "{name}" has a file without a digest')
    return json.loads(line)
