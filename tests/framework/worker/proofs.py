"""proofs.py BUILD: the proof jobs that plugins of a build declare run, and give the same bytes twice, so that `retort carry` can use them."""
import json
import pathlib
import subprocess
import sys
import tempfile

build = pathlib.Path(sys.argv[1]).resolve()
WANTED = {"pretrain.supervised", "evaluate.student", "recover"}  # what costs most to compute again
wrong, proved = [], set()


def bytes_of(manifest, library):
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder) / "bytes"
        done = subprocess.run([build / "bin/retort-worker", "prove", library, "--code", manifest["code"]["identity"], "--device", "cpu",
                               "--precision", "float32", "--threads", "1", "--output", output], capture_output=True, text=True)
        return output.read_text() if done.returncode == 0 else f"exit code {done.returncode}: {done.stderr.strip()}"


for path in sorted((build / "plugins").glob("*.json")):
    manifest = json.loads(path.read_text())
    if not manifest.get("proof"):
        continue
    one, two = (bytes_of(manifest, path.with_suffix(".so")) for _ in range(2))
    print(manifest["type"], one)
    proved.add(manifest["type"])
    if one != two or len(one) != 64:
        wrong.append(f"{manifest['type']}: {one} and {two}")
if missing := WANTED - proved:
    wrong.append(f"without a proof job: {sorted(missing)}")
sys.exit("\n".join(wrong) or 0)
