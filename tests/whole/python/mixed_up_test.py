"""What was made of one thing is not used with another: labels with other images, experts with other data, whitened images as if
they were pixels, networks that answer what is no number. By the command, with the digests that a store gives."""
import json
import pathlib
import subprocess
import tempfile

from common import Artifact, command, keys_of, need, need_plugins

numpy, files = need("numpy", "safetensors.numpy")
need_plugins("dataset.shapes", "distill.mtt", "evaluate.student", "evaluate.teacher_agreement", "export.images", "pretrain.supervised",
             "recover", "relabel.soft", "select.random", "trajectory.experts", "convnet", "resnet18")
folder = pathlib.Path(tempfile.mkdtemp(prefix="retort_mixed_up_"))
SMALL = {"type": "resnet18", "width": 4, "stem": "small"}
CONVNET = {"type": "convnet", "width": 4, "depth": 2}
STUDENT = {"network": CONVNET, "epochs": 2, "batch": 5, "test_every": 0}


def node(kind, inputs=None, seed=None, **params):
    made = {"type": kind, "params": params}
    if inputs:
        made["inputs"] = inputs
    if seed is not None:
        made["seed"] = seed
    return made


def student(images, labels, **more):
    return node("evaluate.student", {"images": images, "labels": labels, "test": "data.test"}, **{**STUDENT, **more})


def distilled(data, experts):
    return node("distill.mtt", {"data": data, "trajectories": [experts]}, per_class=2, iterations=0, steps=1, expert_epochs=1,
                max_start=1, init="real")


def experts(data, space):
    return node("trajectory.experts", {"data": data}, network=CONVNET, experts=1, epochs=1, batch=30, space=space)


SHAPES = {"classes": 3, "per_class": 20, "test_per_class": 4, "size": 16}
NODES = {
    "data": node("dataset.shapes", **SHAPES),
    "other_data": node("dataset.shapes", **{**SHAPES, "per_class": 21}),
    "teacher": node("pretrain.supervised", {"data": "data.train"}, network=SMALL, epochs=3, batch=20),
    "a": node("select.random", {"data": "data.train"}, seed=1, per_class=5),
    "a_again": node("select.random", {"data": "data.train"}, seed=1, per_class=5),
    "b": node("select.random", {"data": "data.train"}, seed=2, per_class=5),
    "soft": node("relabel.soft", {"teachers": ["teacher"], "images": "a"}, form="image"),
    "replay": node("relabel.soft", {"teachers": ["teacher"], "images": "a"}, form="replay", epochs=2, batch=5),
    "labeller": node("relabel.soft", {"teachers": ["teacher"]}, form="labeller"),
    "right": student("a", "soft"), "right_again": student("a_again", "soft"), "right_replay": student("a", "replay"),
    "right_labeller": student("b", "labeller"),
    "wrong": student("b", "soft"), "wrong_replay": student("b", "replay"), "wrong_data": student("data.train", "soft"),
    "plain_experts": experts("data.train", "normalized"), "zca_experts": experts("data.train", "zca"),
    "plain": distilled("data.train", "plain_experts"), "zca": distilled("data.train", "zca_experts"),
    "wrong_experts": distilled("other_data.train", "plain_experts"),
    "wrong_matrix": distilled("other_data.train", "zca_experts"),
    **{f"{what}_{space}": made for space in ("plain", "zca") for what, made in {
        "out": node("export.images", {"images": f"{space}.images"}, format="safetensors"),
        "labels": node("relabel.soft", {"teachers": ["teacher"], "images": f"{space}.images"}, form="image"),
        "agree": node("evaluate.teacher_agreement", {"classifier": "teacher", "images": f"{space}.images"}),
        "init": node("recover", {"teachers": ["teacher"]}, per_class=2, iterations=0, quantize="round",
                     init={"type": "real", "pick": "in_order", "inputs": {"data": f"{space}.images"}}),
    }.items()},
    # One image is left for the last batch, and an ImageNet stem brings it to 1 × 1.
    "one": node("select.random", {"data": "data.train"}, seed=3, per_class=7),
    "batch_of_one": node("evaluate.student", {"images": "one", "test": "data.test"}, network={**SMALL, "stem": "imagenet"}, epochs=1,
                         batch=20, test_every=0),
    "teacher_of_one": node("pretrain.supervised", {"data": "data.train"}, network={**SMALL, "stem": "imagenet"}, epochs=1, batch=59),
    "diverged": node("pretrain.supervised", {"data": "data.train"}, network=SMALL, epochs=1, batch=60, lr=1e40),
}
FAILS = {
    "wrong": "the labels were made of other images (digest ", "wrong_replay": "the labels were made of other images (digest ",
    "wrong_data": "the labels were made of other images (digest ",
    "wrong_experts": "the experts were made of other data (digest ", "wrong_matrix": "the experts were made of other data (digest ",
    "batch_of_one": "expected more than 1 value per channel when training, got input size [1, ",
    "teacher_of_one": "expected more than 1 value per channel when training, got input size [1, ",
    "diverged": "",
}

graph = folder / "graph.json"
graph.write_text(json.dumps({"retort": 1, "title": "test", "threads": 1, "nodes": NODES}))
done = subprocess.run([command(), "run", str(graph), "--plain", "--store", str(folder / "store")], text=True,
                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=280)
assert done.returncode == 1, done.stdout
ended = {}
for line in (sorted((folder / "store" / "runs").iterdir())[-1] / "events.jsonl").read_text().splitlines():
    event = json.loads(line)
    if event["ev"] == "node" and event.get("status") in ("failed", "done", "hit", "skipped"):
        ended[event["node"]] = event
for name in NODES:
    status, text = ended[name]["status"], ended[name].get("text", "")
    assert (status == "failed") == (name in FAILS) and status != "skipped", f"{name}: {status} {text}"
    assert FAILS.get(name, "") in text, f"{name}: {text}"
assert ended["diverged"]["kind"] == "not_a_number", ended["diverged"]


keys = keys_of(folder / "store")


def output(name, port):
    key = keys[name]
    record = json.loads((folder / "store" / "results" / key[:2] / key).read_text().split("\n", 1)[0])
    return Artifact(folder / "store", record["outputs"][port])


def tensors(name, port, file):
    return files.load_file(output(name, port).unpack(folder / "unpacked") / file)


for what, port, file, tensor, most in (("out", "folder", "images.safetensors", "images", 0),
                                       ("init", "images", "images.safetensors", "images", 0),
                                       ("labels", "labels", "labels.safetensors", "logits", 1e-2)):
    plain, zca = (tensors(f"{what}_{space}", port, file)[tensor].astype(float) for space in ("plain", "zca"))
    worst = abs(plain - zca).max()
    print(f"{what}: largest difference {worst}")
    assert worst <= most, what
plain, zca = (output(f"agree_{space}", "metrics").meta for space in ("plain", "zca"))
assert abs(plain["confidence"] - zca["confidence"]) < 1e-3, (plain, zca)
