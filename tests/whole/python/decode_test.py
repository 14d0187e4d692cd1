"""Decoding, resizing and cropping give the bytes that PIL and torchvision's transforms give."""
import functools
import io
import pathlib
import resource
import struct
import subprocess
import tarfile
import tempfile
import unittest
import zlib

import common

numpy, Image = common.need("numpy", "PIL.Image")
DUMP = common.tool("RETORT_PICTURE_DUMP")
FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


def dump(root, *operation, memory=None):
    """{name: uint8 array [H,W,C] or the text of the error}; with `memory` bytes of address space and no more"""
    limit = (lambda: resource.setrlimit(resource.RLIMIT_AS, (memory, memory))) if memory else None
    out = subprocess.run([DUMP, str(root), *map(str, operation)], stdout=subprocess.PIPE, check=True, preexec_fn=limit).stdout
    result, at = {}, 0
    while at < len(out):
        end = out.index(b"\n", at)
        name = out[at:end].decode()
        at, end = end + 1, out.index(b"\n", end + 1)
        line = out[at:end].decode()
        at = end + 1
        if line.startswith("error "):
            result[name] = line[6:]
            continue
        width, height, channels = map(int, line.split())
        count = width * height * channels
        result[name] = numpy.frombuffer(out, numpy.uint8, count, at).reshape(height, width, channels)
        at += count
    return result


@functools.lru_cache(maxsize=4)
def archive_images(archive, mode, every):
    """(name, image converted to mode) of each, or of one in so many."""
    images = []
    with tarfile.open(archive) as tar:
        members = [member for member in tar if member.isfile() and member.name.lower().endswith(".jpeg")]
        for member in members[::every]:
            images.append((member.name, Image.open(io.BytesIO(tar.extractfile(member).read())).convert(mode)))
    return images


def pixels(image):
    return numpy.asarray(image).reshape(image.height, image.width, -1)


def width_first(image, size, how):
    """image.resize(size, how) of PIL up to 12. PIL 13 resizes the height first where it shrinks much more than the width,
    which rounds differently by 1; one axis at a time has no order."""
    return image.resize((size[0], image.height), how).resize(size, how)


def shorter_side(image, side, how):
    """torchvision.transforms.Resize(side)."""
    width, height = image.size
    size = (side, int(side * height / width)) if width <= height else (int(side * width / height), side)
    return image.resize(size, how)


def center_crop(image, side):
    """torchvision.transforms.CenterCrop(side)."""
    width, height = image.size
    if width < side or height < side:
        left, top = max(0, (side - width) // 2), max(0, (side - height) // 2)
        canvas = Image.new(image.mode, (max(width, side), max(height, side)))
        canvas.paste(image, (left, top))
        image, (width, height) = canvas, canvas.size
    top, left = int(round((height - side) / 2.0)), int(round((width - side) / 2.0))
    return image.crop((left, top, left + side, top + side))


class Archives(unittest.TestCase):
    def compare(self, name, operation, reference, mode="RGB", every=1):
        archive = common.data(name)
        ours = dump(archive, *operation)
        images = archive_images(archive, mode, every)
        self.assertGreaterEqual(len(images), 100)
        worst = (0, "")
        for file, image in images:
            theirs = pixels(reference(image))
            self.assertIsInstance(ours[file], numpy.ndarray, ours[file])
            self.assertEqual(ours[file].shape, theirs.shape, file)
            worst = max(worst, (int(numpy.abs(ours[file].astype(int) - theirs.astype(int)).max()), file))
        print(f"{name} {' '.join(map(str, operation))}: largest difference {worst[0]} over {len(images)} images")
        self.assertEqual(worst[0], 0, worst[1])

    def test_decode_full_size(self):
        self.compare("imagenet-sample.tar", ["decode"], lambda image: image)

    def test_decode_small(self):
        self.compare("tiny-imagenet-20.tar", ["decode"], lambda image: image)

    def test_decode_to_gray(self):
        self.compare("tiny-imagenet-20.tar", ["gray"], lambda image: image, "L")

    def test_resize_and_crop(self):
        for name, how in FILTERS.items():
            self.compare("imagenet-sample.tar", ["crop", 256, 224, name],
                         lambda image, how=how: center_crop(shorter_side(image, 256, how), 224))

    def test_resize_to_odd_sizes(self):
        for name, how in FILTERS.items():
            for size in [(33, 17), (301, 200), (1, 1), (700, 5), (64, 501)]:
                self.compare("imagenet-sample.tar", ["resize", *size, name],
                             lambda image, how=how, size=size: width_first(image, size, how))

    def test_enlarge(self):
        for name, how in FILTERS.items():
            self.compare("tiny-imagenet-20.tar", ["resize", 150, 97, name],
                         lambda image, how=how: image.resize((150, 97), how), every=20)

    def test_crop_larger_than_the_image(self):
        self.compare("tiny-imagenet-20.tar", ["crop", 51, 64, "bilinear"],
                     lambda image: center_crop(shorter_side(image, 51, FILTERS["bilinear"]), 64), every=20)


class MadeFiles(unittest.TestCase):
    """Colour spaces and bit depths that the samples do not have."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        random = numpy.random.default_rng(7)
        smooth = random.integers(0, 256, (9, 7, 4), dtype=numpy.uint8)
        self.noise = Image.fromarray(smooth[..., :3]).resize((53, 38), FILTERS["bicubic"])
        self.ink = Image.fromarray(smooth, "CMYK").resize((53, 38), FILTERS["bicubic"])

    def tearDown(self):
        self.folder.cleanup()

    def check(self):
        ours = dump(self.root, "decode")
        files = sorted(path.name for path in self.root.iterdir())
        self.assertEqual(sorted(ours), files)
        for name in files:
            with self.subTest(name):
                self.assertIsInstance(ours[name], numpy.ndarray, ours[name])
                numpy.testing.assert_array_equal(ours[name], pixels(Image.open(self.root / name).convert("RGB")))

    def test_jpeg(self):
        for chroma in (0, 1, 2):
            for quality in (30, 75, 95):
                self.noise.save(self.root / f"{chroma}_{quality}.jpg", quality=quality, subsampling=chroma)
        self.noise.save(self.root / "progressive.jpg", progressive=True)
        self.noise.convert("L").save(self.root / "gray.jpg")
        self.ink.save(self.root / "ink.jpg")
        self.noise.rotate(90).save(self.root / "exif.jpg", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0")
        self.check()

    def test_png(self):
        self.noise.save(self.root / "rgb.png")
        self.noise.convert("L").save(self.root / "gray.png")
        self.noise.convert("1").save(self.root / "one_bit.png")
        self.noise.convert("P").save(self.root / "palette.png")
        self.noise.convert("P").save(self.root / "transparent.png", transparency=3)
        self.noise.quantize(4).save(self.root / "two_bits.png", bits=2)
        self.ink.convert("RGB").convert("RGBA").save(self.root / "opaque.png")
        rgba = self.noise.copy()
        rgba.putalpha(self.noise.convert("L"))
        rgba.save(self.root / "alpha.png")
        rgba.convert("LA").save(self.root / "gray_alpha.png")
        self.check()

    def test_damage_is_named(self):
        whole = io.BytesIO()
        self.noise.save(whole, "JPEG")
        jpeg = whole.getvalue()
        whole = io.BytesIO()
        self.noise.save(whole, "PNG")
        png = whole.getvalue()
        broken_png = bytearray(png)
        broken_png[len(png) // 2] ^= 1
        cases = {
            "cut.jpg": (jpeg[: len(jpeg) // 2], "the file ends too early"),
            "header.jpg": (jpeg[:20], "the file ends too early"),
            "cut.png": (png[: len(png) // 2], "the file ends too early"),
            "flipped.png": (bytes(broken_png), None),
            "empty.jpg": (b"", "the file is empty"),
            "text.jpg": (b"hello", "neither JPEG nor PNG"),
        }
        for name, (content, _) in cases.items():
            (self.root / name).write_bytes(content)
        ours = dump(self.root, "decode")
        for name, (_, reason) in cases.items():
            self.assertIsInstance(ours[name], str, name)
            self.assertTrue(ours[name].startswith(f"cannot decode {name}: "), ours[name])
            if reason:
                self.assertEqual(ours[name], f"cannot decode {name}: {reason}")
            with self.assertRaises(Exception, msg=f"PIL reads {name}"):
                Image.open(io.BytesIO((self.root / name).read_bytes())).convert("RGB")

    def test_compressed_texts_and_profiles_are_not_unpacked(self):
        """A thousand times 8 MB in a file of 8 MB: nothing of it says anything about pixels."""
        whole = io.BytesIO()
        self.noise.save(whole, "PNG")
        png, head = whole.getvalue(), 33  # the signature and IHDR
        chunk = lambda kind, data: (struct.pack(">I", len(data)) + kind + data +  # noqa: E731
                                    struct.pack(">I", zlib.crc32(kind + data)))
        large = zlib.compress(bytes(7_900_000), 9)
        bombs = {"zTXt": chunk(b"zTXt", b"a\0\0" + large) * 1000, "iCCP": chunk(b"iCCP", b"a\0\0" + zlib.compress(
            bytes(200_000_000), 9)), "iTXt": chunk(b"iTXt", b"a\0\1\0\0\0" + large) * 1000}
        for kind, data in bombs.items():
            (self.root / f"{kind}.png").write_bytes(png[:head] + data + png[head:])
        for name, picture in dump(self.root, "decode", memory=256 << 20).items():
            with self.subTest(name):
                self.assertIsInstance(picture, numpy.ndarray, picture)
                numpy.testing.assert_array_equal(picture, pixels(self.noise))

    def test_more_scans_than_a_picture_needs_are_refused(self):
        whole = io.BytesIO()
        self.noise.save(whole, "JPEG", progressive=True)
        jpeg = whole.getvalue()
        last = jpeg.rindex(b"\xff\xda")  # the last scan draws one bit of each value
        for scans in (50, 200):
            (self.root / f"{scans}.jpg").write_bytes(jpeg[:last] + jpeg[last:-2] * scans + jpeg[-2:])
        ours = dump(self.root, "decode")
        self.assertIsInstance(ours["50.jpg"], numpy.ndarray, ours["50.jpg"])
        self.assertEqual(ours["200.jpg"], "cannot decode 200.jpg: it is drawn in more than 100 scans")


if __name__ == "__main__":
    unittest.main(verbosity=2)
