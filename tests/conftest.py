"""What several test modules need."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
import yaml

from zerosnet.experiments.trained_stages import EXPERIMENTS
from zerosnet.files.paths import paper_folder
from zerosnet.files.progress import say_once
from zerosnet.paper.claims import load_claims
from zerosnet.paper.tables import load_paper

# Their assertions count under python -O, too, as those of the tests do.
pytest.register_assert_rewrite("fuzzing", "killing", "strategies")

_DATA_SETS = ("CIFAR-10", "canonical CIFAR-10", "CIFAR-100", "MNIST", "Fashion-MNIST")
PROJECT = Path(__file__).resolve().parent.parent


def pytest_configure(config) -> None:
    """One thread a process and no processes beside it: a process a core runs the tests.

    It is set before PyTorch is loaded, and for processes that tests start; what is set, counts.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("ZEROSNET_JOBS", "1")
    if not os.environ.get("ZEROSNET_ARITHMETIC"):
        # Checkouts of tests share what was found of the arithmetic, as do xdist's processes.
        folder = Path(tempfile.mkdtemp(prefix="zerosnet-arithmetic-"))
        os.environ["ZEROSNET_ARITHMETIC"] = str(folder)
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


def pytest_make_parametrize_id(val: object) -> str | None:
    """An id that every system can print: ids may be words (``pyproject.toml``), so none is escaped.

    Bytes have none there, and a lone surrogate could not be written into the environment.
    """
    if isinstance(val, bytes) or (isinstance(val, str) and not val.isprintable()):
        return ascii(val)[:60]
    return None


@pytest.fixture(autouse=True)
def _said_anew():
    """What is said once in a process may be said in every test."""
    say_once.cache_clear()


@pytest.fixture(autouse=True)
def _drawn_alike():
    """A test draws the same numbers wherever it runs; those that load no PyTorch stay so."""
    if torch := sys.modules.get("torch"):
        torch.manual_seed(0)


@pytest.fixture
def project() -> Path:
    """The root of the checkout that is tested."""
    return PROJECT


@pytest.fixture
def paper(project):
    """The paper's tables and what is known of the released code."""
    return load_paper(paper_folder(project))


@pytest.fixture
def claims(project):
    """Every claim, by its id."""
    return {claim.id: claim for claim in load_claims(paper_folder(project) / "claims.yaml")}


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with tiny profiles, the current folder of the test: five rows of table 1 and the
    optimal row of tables 3 and 6, on 100 digits."""
    root = tiny_checkout(tmp_path / "checkout")
    enter(root, monkeypatch)
    return root


def enter(root, monkeypatch):
    """Make a checkout the current folder, with its own scratch and without images elsewhere."""
    monkeypatch.chdir(root)
    monkeypatch.delenv("ZEROSNET_SCRATCH", raising=False)
    monkeypatch.delenv("ZEROSNET_DATA", raising=False)


def tiny_checkout(root):
    """Write what :func:`checkout` describes to a new folder."""
    for folder in ("paper", "comparisons"):
        shutil.copytree(PROJECT / "claims" / folder, root / "claims" / folder)
    digits = {"name": "digits", "train": 100, "test": 50}
    held_out = {
        "only": {"learning_rate": ["0.1", "0.2"]},
        "data": {"CIFAR-10": {**digits, "held_out": 20}},
    }
    tables = {
        "table1_first_order": {"layers": 8, "seeds": 2, "only": {"alpha": "1"}},
        "table1_bare_projections": {"layers": 8, "seeds": 2, "only": {"alpha": "1"}},
        "table2_second_order": {"layers": 14, "seeds": 2, "only": {"k": "0.5"}},
        "table3_third_order": {"layers": 8, "seeds": 2, "only": {"n_layers": "56"}},
        "table6_robustness": {"layers": 8, "seeds": 2},
        "scaled_noise": {"layers": 8, "seeds": 1, "only": {"method": "1 1 1 1"}},
        "table3_as_code": {"layers": 8, "seeds": 2, "only": {"n_layers": "56"}},
        "table3_float32": {"layers": 8, "seeds": 2, "only": {"n_layers": "56"}},
        "table4_comparison": {"layers": 14, "seeds": 2, "only": {"n_layers": "20"}},
        "figure4_cifar100": {"layers": 8, "seeds": 2},
        "table5_imagenet": {"seeds": 1, "only": {"n_layers": "18"}, "width": 8, "epochs": 2},
        "table7_generalization_gap": {
            "layers": {44: 8, 164: 20},
            "seeds": 2,
            "only": {"n_layers": ["44", "164"]},
            "epochs": 1,
        },
        "appendix_pgd": {
            "layers": 8,
            "seeds": 1,
            "images": 20,
            "only": {"modulus_1": ["1.84", "0.33"]},
        },
        "appendix_fgsm": {"layers": 8, "seeds": 1, "images": 20},
        "against_preresnet": {"layers": 8, "seeds": 1},
        "lm_resnet": {"layers": 14, "seeds": 1, "only": {"n_layers": ["56", "110"]}},
        "in_resnet": {"layers": 14, "seeds": 1, "only": {"n_layers": "110"}, "images": 20},
        "activated_gradients": {"layers": 8, "seeds": 1},
        "deformation": {"layers": 8, "seeds": 1},
        "trained_coefficients": {"layers": 20, "seeds": 1},
        "rescue": {"layers": 8, "seeds": 1},
        "smaller_roots": {"layers": 14, "seeds": 1},
        "main_effect": {"layers": 8, "seeds": 1},
        "poly_fractal_rev": {"layers": {32: 20}, "width": 8, "seeds": 1},
        "roots_or_weights": {"layers": 14, "seeds": 1, "only": {"condition": "(1, 1, 1; 1)"}},
        "threshold": {"layers": 14, "seeds": 1, "only": {"n_layers": "20", "sign": "positive"}},
        "random_methods": {
            "layers": 14,
            "seeds": 1,
            "only": {"row": ["(2/5, 7/10, -1/10; 3/2)", "(3, 0, -2; -3)"]},
        },
        "learning_rate": {**held_out, "layers": 8, "seeds": 1},
        "speed_or_generalization": {
            **held_out,
            "only": {"learning_rate": "0.1"},
            "layers": 8,
            "seeds": 1,
        },
        "table9_runtime": {"seeds": 2, "images": 128},
        "perturbation_growth": {"layers": 20, "seeds": 2, "only": {"n_layers": "56"}},
    }
    # A stage that is new has an entry of its own until it gets one here.
    tables = {**{name: {"layers": 14, "seeds": 1} for name in EXPERIMENTS}, **tables}
    tiny = {
        "data": {
            **dict.fromkeys(_DATA_SETS, digits),
            "ImageNet": {"name": "digits-folder"},
        },
        "protocol": "as-paper",
        "precision": "float32",
        "epochs": 3,
        "tables": tables,
    }
    params = {
        "profile": "smoke",
        "profiles": dict.fromkeys(("smoke", "mini", "medium", "paper"), tiny),
    }
    (root / "params.yaml").write_text(yaml.safe_dump(params))
    return root
