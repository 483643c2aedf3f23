"""Little archives in the layouts of the published ones, and pictures for them."""

from __future__ import annotations

import gzip
import io
import pickle
import tarfile
import zipfile
import zlib
from dataclasses import replace

import numpy as np
from PIL import Image

from zerosnet.data.catalogue import CATALOGUE, RawFile
from zerosnet.data.rawfiles import checksum


def jpeg(value, side=32):
    buffer = io.BytesIO()
    Image.fromarray(np.full((side, side, 3), value, dtype=np.uint8)).save(buffer, "JPEG")
    return buffer.getvalue()


def bomb(side):
    """A PNG of so many pixels a side, that says so in a few bytes."""
    content = io.BytesIO()
    Image.new("1", (8, 8)).save(content, "PNG")
    head = bytearray(content.getvalue())
    head[16:24] = side.to_bytes(4, "big") * 2
    head[29:33] = zlib.crc32(bytes(head[12:29])).to_bytes(4, "big")
    return bytes(head)


#: Two classes, two training images and one test image each.
TREE = {
    f"{split}/{label}/{number:04d}.jpg": jpeg(60 * number + 10 * place)
    for place, label in enumerate(("airplane", "bird"))
    for split, count in (("train", 2), ("test", 1))
    for number in range(count)
}


def write_tar(path, members, mode="w:xz", prefix=""):
    with tarfile.open(path, mode) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(prefix + name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def write_zip(path, members, prefix=""):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(prefix + name, content)
    return path


def tree_set(folder):
    """A data set like cifar10-jpeg of the images of TREE, with its archive written."""
    path = write_tar(folder / "cifar10_jpeg.tar.xz", TREE)
    sum_ = checksum(path, "members")
    files = tuple(replace(raw, checksum=sum_) for raw in CATALOGUE["cifar10-jpeg"].files)
    return replace(CATALOGUE["cifar10-jpeg"], files=files, classes=2, train=4, test=2)


def one_file_set(folder, content=b"twenty little bytes.", url=""):
    """A data set of a single raw file with an MD5 sum."""
    path = folder / "raw.bin"
    path.write_bytes(content)
    raw = RawFile("raw.bin", checksum(path, "md5"), size=len(content), url=url)
    return replace(CATALOGUE["cifar10"], name="little", files=(raw,))


def idx(array):
    """The bytes of an MNIST file, gzipped."""
    head = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return gzip.compress(head + array.astype(np.uint8).tobytes())


def cifar_batches(count):
    """The pickled batches of CIFAR-10, each with `count` images."""
    generator = np.random.default_rng(1)
    batches = {}
    for name in [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]:
        data = generator.integers(256, size=(count, 3072), dtype=np.uint8)
        labels = generator.integers(10, size=count).tolist()
        batches[name] = {"data": data, "labels": labels}
    return batches, {f"cifar-10-batches-py/{n}": pickle.dumps(b) for n, b in batches.items()}
