"""The Python package reads what a run left: names as the command resolves them, tensors as the files hold them, and no byte that is
not the one that was written."""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

from package_store import WithStore, common, package, torchvision, wanted

retort = package()
import numpy  # noqa: E402
import safetensors.torch  # noqa: E402
import torch  # noqa: E402


def reseal(path, change):
    """Changes a record as somebody does who knows its checksum."""
    record = json.loads(path.read_text("utf-8").split("\n")[0])
    change(record)
    line = json.dumps(record, ensure_ascii=False) + "\n"
    path.write_text(f"{line}sha256 {hashlib.sha256(line.encode()).hexdigest()}\n", "utf-8")


class Names(WithStore):
    def test_a_node_of_a_graph_is_what_the_command_shows(self):
        for node in ("teacher", "images", "score{lr/ä <b>=0.1,seed=1}"):
            shown = subprocess.run(
                ["retort", "show", self.graph, node, "--store", self.store.root, "--json"], capture_output=True, text=True
            )
            found = self.result_of(node)
            self.assertEqual(found.key, json.loads(shown.stdout)["key"])
            self.assertEqual((found.node, found.type, found.about["run"]), (node, self.raw(found.key)["type"], self.made.id))
            self.assertEqual(found, self.store.result(found.key))
            self.assertEqual(found, self.store.result(f"{self.made.id}/{node}"))

    def test_an_unknown_name_is_answered_in_the_commands_words(self):
        with self.assertRaisesRegex(retort.RetortError, 'no node "techer"; did you mean "teacher"') as caught:
            self.result_of("techer")
        self.assertEqual(caught.exception.code, 2)
        with self.assertRaisesRegex(retort.RetortError, "no result 0{64}"):
            self.store.result("0" * 64).type

    def test_lists(self):
        self.assertEqual({each.key for each in self.store.results()}, {each.key for each in self.made.results.values()})
        nodes = self.store.nodes(self.graph)
        self.assertEqual(nodes, self.made.results)
        self.assertIsNone(self.store.nodes(self.graph, set={"teacher.lr": 0.3})["teacher"])
        self.assertIn("score{lr/ä &lt;b&gt;=0.1,seed=1}", self.store.results()._repr_html_())

    def test_where_it_came_from(self):
        score = self.result_of("score{lr/ä <b>=0.1,seed=1}")
        self.assertEqual(score.made_from["images[0]"], self.result_of("images"))
        self.assertEqual(score.made_from["labels[0]"].made_from["teachers[0]"], self.result_of("teacher"))
        settings = score.settings
        self.assertEqual(
            (settings["lr"], settings["network"], settings["network.width"], settings["seed"]), (0.1, "resnet18", 4, 1)
        )
        for result in self.made.results.values():
            self.assertEqual(result.warnings, self.raw(result.key)["about"].get("warnings", []))
        self.assertTrue(any(result.warnings for result in self.made.results.values()))

    def test_the_store_is_the_commands(self):
        with tempfile.TemporaryDirectory() as folder:
            inner = pathlib.Path(folder) / "a" / "b"
            inner.mkdir(parents=True)
            where = pathlib.Path.cwd()
            os.chdir(inner)
            try:
                with mock.patch.dict(os.environ, {"XDG_DATA_HOME": f"{folder}/data"}):
                    self.assertEqual(retort.Store().root, pathlib.Path(folder) / "data/retort/store")
                    (pathlib.Path(folder) / ".retort").mkdir()
                    self.assertEqual(retort.Store().root, pathlib.Path(folder).resolve() / ".retort")
                    os.environ["RETORT_STORE"] = "here"
                    self.assertEqual(retort.Store().root, inner.resolve() / "here")
            finally:
                os.chdir(where)
        with self.assertRaisesRegex(retort.RetortError, "there is no store in"):
            retort.Store(self.folder / "none").result("teacher")

    def test_parents_are_read(self):
        child = retort.Store(self.folder / "child")
        key = self.result_of("images").key
        child.root.mkdir()
        (child.root / "settings.json").write_text('{"retort_settings": 1, "parents": ["../store"]}')
        self.assertEqual(len(child.result(key).images()), 6)
        (child.root / "settings.json").unlink()
        with self.assertRaisesRegex(retort.RetortError, "no result"):
            child.result(key).images()
        with mock.patch.dict(os.environ, {"RETORT_PARENT_STORES": f":{self.store.root}"}):
            self.assertEqual(len(child.result(key).images()), 6)


class Holdings(WithStore):
    def file(self, key, output, name):
        (file,) = [each for each in self.raw(key)["outputs"][output]["files"] if each["name"] == name]
        return (
            file["text"].encode()
            if "text" in file
            else (self.store.root / "objects" / file["sha256"][:2] / file["sha256"]).read_bytes()
        )

    def test_images(self):
        result = self.result_of("images")
        tensors = safetensors.torch.load(self.file(result.key, "images", "images.safetensors"))
        images = result.images()
        self.assertTrue(torch.equal(images.pixels, tensors["images"]) and torch.equal(images.labels, tensors["labels"]))
        self.assertEqual(
            (images.pixels.dtype, images.classes), (torch.uint8, self.raw(result.key)["outputs"]["images"]["meta"]["classes"])
        )
        some = result.images(indices=[4, 1])
        self.assertTrue(torch.equal(some.pixels, images.pixels[[4, 1]]) and torch.equal(some.labels, images.labels[[4, 1]]))

    def test_normalised_images_come_back_as_pixels(self):
        result = self.result_of("learned")
        meta = self.raw(result.key)["outputs"]["images"]["meta"]
        stored = safetensors.torch.load(self.file(result.key, "images", "images.safetensors"))["images"].numpy()
        self.assertEqual(meta["space"], "normalized")
        mean, std = (numpy.array(meta["normalization"][name]).reshape(1, 3, 1, 1) for name in ("mean", "std"))
        images = result.images()
        numpy.testing.assert_allclose(images.pixels, stored * std + mean, atol=1e-6)
        numpy.testing.assert_array_equal(
            images.bytes(), numpy.rint(numpy.clip(images.pixels.numpy(), 0, 1) * 255).astype(numpy.uint8)
        )
        numpy.testing.assert_allclose(result.dataset()[2][0], stored[2], atol=1e-5)

    def test_whitened_images_come_back_as_pixels(self):
        from retort_dd.images import Images

        torch.manual_seed(0)
        pixels, mean, matrix = torch.rand(5, 3, 2, 2), torch.rand(12), torch.eye(12) + 0.1 * torch.rand(12, 12)
        whitened = {"images": ((pixels.flatten(1) - mean) @ matrix).view_as(pixels), "labels": torch.zeros(5, dtype=torch.int64)}
        artifact = mock.Mock(
            kind="images", meta={"space": "zca", "classes": ["a"], "normalization": {"mean": [0] * 3, "std": [1] * 3}}
        )
        artifact.tensors = lambda name: whitened if name == "images.safetensors" else {"mean": mean, "matrix": matrix}
        torch.testing.assert_close(Images.read(artifact).pixels, pixels, atol=1e-5, rtol=0)
        artifact.meta["space"] = "colours"
        with self.assertRaisesRegex(retort.RetortError, "'colours'"):
            Images.read(artifact)

    def test_a_data_set_names_its_outputs(self):
        result = self.result_of("data")
        with self.assertRaisesRegex(retort.RetortError, "name one of .*train"):
            result.images()
        with self.assertRaisesRegex(retort.RetortError, "no output of kind classifier or encoder; it has: test"):
            result.network()
        self.assertEqual((len(result.images("train")), len(result.images("test")), len(result.images("val"))), (24, 48, 0))

    def test_items_are_what_a_student_is_given(self):
        result = self.result_of("images")
        images, dataset = result.images(), result.dataset()
        constants = self.raw(result.key)["outputs"]["images"]["meta"]["normalization"]
        image, label = dataset[3]
        wanted_values = (images.pixels[3].numpy() / 255 - numpy.reshape(constants["mean"], (3, 1, 1))) / numpy.reshape(
            constants["std"], (3, 1, 1)
        )
        numpy.testing.assert_allclose(image, wanted_values, atol=1e-6)
        self.assertEqual((image.dtype, label, len(dataset), len(list(dataset))), (torch.float32, int(images.labels[3]), 6, 6))
        flipped = result.dataset(transform=lambda pixels: pixels.flip(2), normalization=retort.Normalization())[3][0]
        torch.testing.assert_close(flipped, images.pixels[3].flip(2) / 255)
        batch, labels = next(iter(torch.utils.data.DataLoader(dataset, batch_size=4)))
        self.assertEqual((batch.shape, labels.tolist()), ((4, 3, 16, 16), images.labels[:4].tolist()))

    def test_encoded_images_are_what_retort_decodes(self):
        image = wanted("PIL", "PIL.Image")
        random = numpy.random.default_rng(0)
        for name, size, kind in (("a", (40, 31), "png"), ("b", (33, 57), "jpg")):
            place = self.folder / "pictures" / name
            place.mkdir(parents=True)
            image.fromarray(random.integers(0, 256, (*size, 3), dtype=numpy.uint8)).save(place / f"1.{kind}")
        nodes = {
            stored: {
                "type": "dataset.image_folder",
                "params": {"path": str(self.folder / "pictures"), "image_size": 16, "resize": 20, "stored": stored},
            }
            for stored in ("pixels", "encoded")
        }
        run = retort.run(self.graph_of("pictures.json", nodes), store=self.store)
        pixels, encoded = run["pixels"].images("train"), run["encoded"].images("train")
        self.assertTrue(torch.equal(pixels.pixels, encoded.pixels) and torch.equal(pixels.labels, encoded.labels))
        self.assertTrue(torch.equal(run["encoded"].dataset("train")[1][0], run["pixels"].dataset("train")[1][0]))
        kept = run["encoded"].images_of("train")[1]
        self.assertEqual(kept.bytes_of(1), (self.folder / "pictures/b/1.jpg").read_bytes())
        self.assertIn("<img", kept._repr_html_())

    def test_labels(self):
        soft, images = self.result_of("soft").labels(), self.result_of("images").images()
        self.assertEqual((soft.form, soft.logits.shape), ("image", (6, 3)))
        self.assertTrue(torch.equal(soft.labels, images.labels))
        self.assertEqual(self.result_of("hard").labels().form, "hard")
        carried = self.result_of("images").labels()
        self.assertEqual((carried.form, carried.classes), ("hard", images.classes))
        replay = self.result_of("replayed").labels()
        self.assertEqual((replay.form, replay.epochs), ("replay", 2))
        epoch = replay.epoch(1)
        self.assertEqual(sorted(epoch["order"].tolist()), list(range(6)))
        self.assertEqual((epoch["logits"].shape, epoch["logits"].dtype), ((6, 3), torch.float16))
        with self.assertRaisesRegex(retort.RetortError, "no epoch 2"):
            replay.epoch(2)
        with self.assertRaisesRegex(retort.RetortError, "hold no networks"):
            replay.teachers()

    def test_a_network_answers_as_in_retort(self):
        torchvision()
        teacher, images = self.result_of("teacher"), self.result_of("images").images()
        for network in (teacher.network(), *self.result_of("asked").labels().teachers()):
            with torch.no_grad():
                logits = network(teacher.normalization()(images.pixels))
            torch.testing.assert_close(logits, self.result_of("soft").labels().logits, atol=1e-5, rtol=1e-4)

    def test_numbers(self):
        result = self.result_of("score{lr/ä <b>=0.1,seed=1}")
        self.assertEqual(result.metrics(), json.loads(self.file(result.key, "metrics", "metrics.json")))
        wanted("pandas")
        raw, frame = json.loads(self.file(result.key, "curves", "curves.json")), result.curves()
        self.assertEqual((frame.index.name, sorted(frame.columns)), ("step", sorted(raw)))
        for name, points in raw.items():
            self.assertEqual([list(each) for each in frame[name].dropna().items()], points)

    def test_a_missing_library_is_named(self):
        with mock.patch.dict(sys.modules, {"pandas": None}):
            with self.assertRaisesRegex(retort.MissingLibraryError, "pip install pandas"):
                self.result_of("teacher").curves()
        with mock.patch.dict(sys.modules, {"torchvision": None, "torchvision.models": None, "torchvision.models.resnet": None}):
            with self.assertRaisesRegex(ImportError, "pip install torchvision"):
                self.result_of("teacher").network()


class Damage(WithStore):
    def object_of(self, node, output):
        result = self.result_of(node)
        (file,) = self.raw(result.key)["outputs"][output]["files"]
        return result, file, self.store.root / "objects" / file["sha256"][:2] / file["sha256"]

    def changed(self, path, change):
        whole = path.read_bytes()
        self.addCleanup(path.write_bytes, whole)
        self.addCleanup(path.chmod, 0o644)
        path.chmod(0o644)
        change(path)

    def test_one_bit_of_an_object(self):
        result, file, path = self.object_of("images", "images")
        flip = lambda path: path.write_bytes(path.read_bytes()[:-1] + bytes([path.read_bytes()[-1] ^ 1]))  # noqa: E731
        self.changed(path, flip)
        for ask in (result.images, lambda: result.outputs["images"].read("images.safetensors")):
            with self.assertRaises(retort.DamagedError) as caught:
                ask()
            for part in ("images.safetensors", result.key, str(path), file["sha256"]):
                self.assertIn(part, str(caught.exception))
        result.metrics()  # in the record, which is whole

    def test_an_object_that_is_gone(self):
        result, file, path = self.object_of("teacher", "classifier")
        whole = path.read_bytes()
        path.unlink()
        self.addCleanup(path.write_bytes, whole)
        with self.assertRaisesRegex(retort.RetortError, f"{file['sha256']} is gone"):
            result.outputs["classifier"].tensors("weights.safetensors")
        with self.assertRaisesRegex(retort.RetortError, 'no file "x"; it has: weights.safetensors'):
            result.outputs["classifier"].read("x")

    def test_records(self):
        key = self.result_of("hard").key
        path = self.store.root / "results" / key[:2] / key

        def one_bit(path):
            whole = bytearray(path.read_bytes())
            whole[30] ^= 1
            path.write_bytes(whole)

        def resealed(change):
            return lambda path: reseal(path, change)

        cases = {
            "its bytes have another digest": one_bit,
            "another digest than it says": resealed(lambda record: record["outputs"]["labels"]["meta"].update(form="soft")),
            "key text is another's": resealed(lambda record: record.update(key_text=record["key_text"] + "x")),
            "is that of 0{64}": resealed(lambda record: record.update(key="0" * 64)),
        }
        for words, change in cases.items():
            with self.subTest(words):
                self.changed(path, change)
                with self.assertRaisesRegex(retort.DamagedError, f"(?s){path}.*{key}.*{words}"):
                    self.store.result(key).outputs
                self.doCleanups()
        self.changed(path, resealed(lambda record: record.update(retort_record=2)))
        with self.assertRaisesRegex(retort.RetortError, "record format 2, this package reads 1"):
            self.store.result(key).outputs

    def test_a_small_file_inside_a_record(self):
        key = self.result_of("teacher").key
        path = self.store.root / "results" / key[:2] / key

        def change(record):
            (file,) = record["outputs"]["metrics"]["files"]
            file["text"] = file["text"].replace("1", "2")

        self.changed(path, lambda path: reseal(path, change))
        with self.assertRaisesRegex(retort.DamagedError, f'the record: file "metrics.json" of {key} is damaged'):
            self.store.result(key).metrics()

    def test_a_number_is_digested_as_it_was_written(self):
        from retort_dd.record import _Number, artifact_digest

        output = json.loads(
            '{"kind":"metrics","meta":{"b":77.26150512695313,"a":[1e-05,1,true,null,"ä\\n"]},"files":[]}', parse_float=_Number
        )
        text = 'metrics\n{"a":[1e-05,1,true,null,"ä\\n"],"b":77.26150512695313}\n'
        self.assertEqual(artifact_digest(output), hashlib.sha256(text.encode()).hexdigest())


class Shown(WithStore):
    def test_texts_are_escaped(self):
        from retort_dd.images import Images

        images = Images(
            torch.zeros(2, 3, 8, 8, dtype=torch.uint8), torch.tensor([0, 1]), ["<script>", '"&'], retort.Normalization()
        )
        html = images._repr_html_()
        self.assertNotIn("<script", html)
        self.assertIn("&lt;script&gt;", html)
        self.assertIn('alt="&quot;&amp;"', html)
        self.assertEqual(html.count("<img"), 2)

    def test_a_sheet_holds_the_images(self):
        import base64
        import io

        image = wanted("PIL", "PIL.Image")
        images = self.result_of("images").images()
        html = images.sheet(per_class=2)._repr_html_()
        first = image.open(io.BytesIO(base64.b64decode(html.split("base64,")[1].split('"')[0])))
        self.assertEqual(first.size, (16 + 2 + 16, 16))
        numpy.testing.assert_array_equal(numpy.asarray(first)[:, 18:], images.pixels[1].permute(1, 2, 0))
        large = retort.Images(torch.rand(1, 1, 300, 200), torch.tensor([0]), ["a"], retort.Normalization())
        self.assertLess(len(large._repr_html_()), 10_000)

    def test_results_are_shown(self):
        html = self.result_of("teacher")._repr_html_()
        self.assertIn("weights.safetensors", html)

    def test_the_package_starts_without_torch(self):
        asked = "import sys, retort_dd; retort_dd.Store, retort_dd.run, retort_dd.table; print('torch' in sys.modules)"
        done = subprocess.run(
            [sys.executable, "-c", asked],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path[:1] + [str(common.SOURCE / "framework" / "python")])},
            capture_output=True,
            text=True,
            check=True,
        )
        self.assertEqual(done.stdout.strip(), "False")
        with self.assertRaises(AttributeError):
            retort.nothing
        self.assertTrue(all(getattr(retort, name) is not None for name in retort.__all__))


if __name__ == "__main__":
    unittest.main(verbosity=2)
