"""A data set of one's own: packed, entered, read back."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest
from PIL import Image

from zerosnet.__main__ import main
from zerosnet.data import catalogue
from zerosnet.data.catalogue import DataSet, RawFile
from zerosnet.data.images import load
from zerosnet.data.packing import pack
from zerosnet.data.rawfiles import verified_files
from zerosnet.data.readers import read
from zerosnet.files.errors import SuiteError

GENERATOR = np.random.default_rng(0)


def picture(path, width=8, height=8, mode="RGB"):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = GENERATOR.integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).convert(mode).save(path)


@pytest.fixture
def source(tmp_path):
    """Two classes, three and one images of each."""
    folder = tmp_path / "photos of mine"
    for split, count in (("train", 3), ("val", 1)):
        for name in ("Äpfel", "pears"):
            for number in range(count):
                picture(folder / split / name / f"{number}.png")
    (folder / "train" / "pears" / ".hidden.png").write_bytes(b"")
    (folder / "train" / "pears" / "notes.txt").write_text("ripe")
    return folder


def arrays(**changes):
    labels = {"y_train": np.arange(6) % 3, "y_test": np.arange(3)}
    images = {
        name: GENERATOR.integers(0, 256, (count, 4, 4, 3), dtype=np.uint8)
        for name, count in (("x_train", 6), ("x_test", 3))
    }
    return {**images, **labels, **changes}


def entered(entry):
    """The data set of a printed entry."""
    (data_set,) = eval(f"({entry})", {"DataSet": DataSet, "RawFile": RawFile})
    return data_set


def test_a_folder_comes_back_as_it_was(source, tmp_path):
    path, entry = pack(source, "mine", tmp_path / "data")
    found = entered(entry)
    assert (found.name, found.classes, found.size) == ("mine", 2, 8)
    assert (found.train, found.test, found.channels) == (6, 2, 3)
    back = read(found, verified_files(found, [tmp_path / "data"]))
    # Of every class in turn, classes and files by name.
    assert back.train_labels.tolist() == [0, 1] * 3
    names = sorted(["Äpfel", "pears"])
    for index, label in enumerate(back.train_labels):
        file = source / "train" / names[label] / f"{index // 2}.png"
        assert (back.train_images[index] == np.asarray(Image.open(file))).all()
    pixels = back.train_images.reshape(-1, 3) / 255
    assert found.mean == pytest.approx(pixels.mean(0), abs=1e-4)
    assert found.std == pytest.approx(pixels.std(0), abs=1e-4)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(SuiteError, match="damaged or another file"):
        verified_files(found, [tmp_path / "data"])


def test_it_is_loaded_as_any_other(source, tmp_path, monkeypatch):
    _, entry = pack(source, "mine", tmp_path / "data", side=4)
    monkeypatch.setitem(catalogue.CATALOGUE, "mine", entered(entry))
    images = load("mine", size=2, train=4, folders=[tmp_path / "data"], cache=tmp_path / "cache")
    assert tuple(images.train_images.shape) == (4, 2, 2, 3)
    assert images.train_labels.bincount().tolist() == [2, 2]


def test_grey_images_have_one_channel(tmp_path):
    for split in ("train", "test"):
        picture(tmp_path / "grey" / split / "a" / "0.png", mode="L")
    found = entered(pack(tmp_path / "grey", "grey", tmp_path / "data")[1])
    assert (found.channels, found.classes) == (1, 1)


def test_images_of_any_shape_are_cut_to_size(source, tmp_path):
    picture(source / "train" / "pears" / "wide.png", width=20, height=10)
    with pytest.raises(SuiteError, match=r"wide\.png cannot be used \(20×10: no square"):
        pack(source, "mine", tmp_path / "data")
    (source / "train" / "pears" / "wide.png").unlink()
    picture(source / "train" / "pears" / "large.png", width=16, height=16)
    with pytest.raises(SuiteError, match=r"large\.png has 16×16 pixels, others 8×8: --size N"):
        pack(source, "mine", tmp_path / "data")
    picture(source / "train" / "pears" / "wide.png", width=20, height=10)
    assert entered(pack(source, "mine", tmp_path / "data", side=6)[1]).size == 6


@pytest.mark.parametrize("grey", [False, True])
@pytest.mark.parametrize("names", ["as the suite's", "as Keras's"])
def test_an_archive_of_arrays_is_taken(tmp_path, grey, names):
    content = arrays()
    if grey:
        content |= {name: content[name][..., 0] for name in ("x_train", "x_test")}
    content["y_train"] = content["y_train"][:, None]
    if names == "as the suite's":
        renamed = {"x": "images", "y": "labels"}
        content = {f"{n[2:]}_{renamed[n[0]]}": part for n, part in content.items()}
    np.savez(tmp_path / "a.npz", **content)
    found = entered(pack(tmp_path / "a.npz", "own", tmp_path / "data")[1])
    assert (found.channels, found.classes, found.train, found.test) == (1 if grey else 3, 3, 6, 3)
    back = read(found, verified_files(found, [tmp_path / "data"]))
    assert back.train_labels.tolist() == [0, 1, 2, 0, 1, 2]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x_train": np.zeros((6, 4, 4, 3))}, "x_train: .*uint8.* not .* of float64"),
        ({"x_train": np.zeros((6, 3, 4, 4), np.uint8)}, r"x_train: .* not \(6, 3, 4, 4\)"),
        ({"x_train": np.zeros((6, 4, 5, 3), np.uint8)}, "x_train: .*side, side"),
        ({"x_test": np.zeros((3, 5, 5, 3), np.uint8)}, "x_train and x_test differ in shape"),
        ({"y_train": np.arange(5)}, "y_train: 6 whole numbers"),
        ({"y_train": np.arange(6) % 3 - 1}, "y_train: 6 whole numbers"),
        ({"y_train": np.arange(6) * 100}, "y_train: 6 whole numbers"),
        ({"y_train": np.arange(6) / 2}, "y_train: .* of float64"),
        ({"y_train": np.arange(6) % 3 * 2}, "labels are 0, 1, …, each of them in y_train"),
        ({"y_test": np.array([0, 1, 3])}, "labels are 0, 1, …"),
        ({"y_test": np.array(["a", "b", None], object)}, "no .npz of arrays of numbers"),
    ],
)
def test_arrays_that_are_none_are_named(tmp_path, changes, message):
    np.savez(tmp_path / "a.npz", **arrays(**changes))
    with pytest.raises(SuiteError, match=message):
        pack(tmp_path / "a.npz", "own", tmp_path / "data")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '|u1', 'fortran_order': False, 'shape': (6, 4, 4, 3",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (10" + "0" * 30 + ", 4, 4, 3)}",
    ],
    ids=["it ends in a bracket", "more images than there are numbers"],
)
def test_a_damaged_header_of_arrays_is_named(tmp_path, header):
    content = arrays()
    del content["x_train"]
    np.savez(tmp_path / "a.npz", **content)
    text = header.encode().ljust(117) + b"\n"
    with zipfile.ZipFile(tmp_path / "a.npz", "a") as archive:
        archive.writestr("x_train.npy", b"\x93NUMPY\x01\x00" + bytes([len(text), 0]) + text)
    with pytest.raises(SuiteError, match=r"a\.npz (is no \.npz of arrays|has arrays larger than)"):
        pack(tmp_path / "a.npz", "own", tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_arrays_that_no_memory_holds_are_named(tmp_path):
    """A header of a hundred bytes may say any shape."""
    content = arrays()
    del content["x_train"]
    np.savez(tmp_path / "a.npz", **content)
    header = {"descr": "|u1", "fortran_order": False, "shape": (10**6, 10**5, 10**5, 3)}
    with zipfile.ZipFile(tmp_path / "a.npz", "a") as archive, archive.open("x_train.npy", "w") as x:
        np.lib.format.write_array_header_1_0(x, header)
    with pytest.raises(SuiteError, match=r"a\.npz has arrays larger than this machine's memory: "):
        pack(tmp_path / "a.npz", "own", tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_what_is_no_archive_is_named(tmp_path):
    (tmp_path / "a.npz").write_text("none")
    with pytest.raises(SuiteError, match=r"a\.npz is no \.npz of arrays"):
        pack(tmp_path / "a.npz", "own", tmp_path)
    np.save(tmp_path / "one.npy", np.zeros(3))
    with pytest.raises(SuiteError, match=r"one\.npy is no \.npz"):
        pack(tmp_path / "one.npy", "own", tmp_path)
    with pytest.raises(SuiteError, match=r"cannot read .*absent \(No such file"):
        pack(tmp_path / "absent", "own", tmp_path)
    np.savez(tmp_path / "b.npz", images=np.zeros(3))
    with pytest.raises(SuiteError, match="has images: expected are train_images"):
        pack(tmp_path / "b.npz", "own", tmp_path)
    with pytest.raises(SuiteError, match="--size is for folders"):
        pack(tmp_path / "b.npz", "own", tmp_path, side=8)


def test_folders_that_do_not_fit_are_named(source, tmp_path):
    with pytest.raises(SuiteError, match="folders train and test"):
        pack(source / "train", "mine", tmp_path)
    (source / "train" / "plums").mkdir()
    with pytest.raises(SuiteError, match=r"must have the same classes \(plums\)"):
        pack(source, "mine", tmp_path)
    (source / "val" / "plums").mkdir()
    with pytest.raises(SuiteError, match="plums holds no image"):
        pack(source, "mine", tmp_path)
    for split in ("train", "val"):
        (source / split / "plums" / "0.png").write_bytes(b"no picture")
    with pytest.raises(SuiteError, match=r"0\.png cannot be used \(cannot identify"):
        pack(source, "mine", tmp_path)


def test_a_picture_that_a_program_would_have_to_draw_is_refused(source, tmp_path):
    """PostScript by the name of a PNG, for which PIL starts another program."""
    drawing = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\nshowpage\n%%EOF\n"
    (source / "train" / "pears" / "0.png").write_bytes(drawing)
    with pytest.raises(SuiteError, match=r"0\.png cannot be used \(cannot identify image file"):
        pack(source, "mine", tmp_path / "data")


def test_names_are_not_given_twice(source, tmp_path):
    for name in ("cifar10", "Mine", "../mine", ""):
        with pytest.raises(SuiteError, match="name"):
            pack(source, name, tmp_path)
    pack(source, "mine", tmp_path)
    with pytest.raises(SuiteError, match="is there already: remove it"):
        pack(source, "mine", tmp_path)
    with pytest.raises(SuiteError, match="512 pixels a side at most"):
        pack(source, "other", tmp_path, side=513)


def test_the_command_prints_what_to_paste(checkout, source, capsys):
    assert main(["data", "pack", str(source), "mine", "--size", "4"]) == 0
    said = capsys.readouterr()
    assert entered(said.out).size == 4
    assert "Add the entry above to CATALOGUE in zerosnet/data/catalogue.py" in said.err
    assert (checkout / "data" / "mine.npz").is_file()
    assert main(["data", "pack", str(source), "mine", "--size", "x"]) == 2
