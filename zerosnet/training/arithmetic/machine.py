"""What computes: the processor's capability, the libraries' versions, units for bfloat16."""

from __future__ import annotations

import os
import re
from typing import Any

import torch

#: They make a processor pass for a lesser one, to oneDNN (two names) and to the framework's own
#: kernels; the last lets float32 be computed in fewer bits.
VARIABLES = (
    *("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY"),
    "ONEDNN_DEFAULT_FPMATH_MODE",
)
#: What processors of different makers call their instructions for bfloat16.
_UNITS = ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16")


def processor_facts() -> dict[str, Any]:
    """For records: the capability in use, oneDNN's version, the variables that limit either."""
    limits = {name: value for name in VARIABLES if (value := os.environ.get(name))}
    return {
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "onednn": onednn_version(),
        "bfloat16_units": has_bfloat16_units(),
        **({"cpu_variables": limits} if limits else {}),
    }


def onednn_version() -> str:
    """Such as ``3.13.3``; ``none`` where the framework was built without it."""
    found = re.search(r"(?:MKL-DNN|oneDNN) v(\S+)", torch.__config__.show())
    return found[1] if found else "none"


def has_bfloat16_units() -> bool:
    """Whether the processor computes bfloat16 in units made for it; else it is emulated.

    The processor must have them, and no variable may keep oneDNN from using them.
    """
    capabilities = torch.cpu.get_capabilities()
    return (
        torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
        and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
        and any(capabilities.get(unit) for unit in _UNITS)
    )


def fingerprint() -> dict[str, Any]:
    """What the choice of kernels may depend on, but for the threads."""
    return {
        "torch": torch.__version__,
        **processor_facts(),
        "processor": dict(torch.cpu.get_capabilities()),
    }


def versions() -> str:
    """What is at fault where an operation is wrong, for people."""
    capability = torch.backends.cpu.get_cpu_capability()
    return f"torch {torch.__version__}, oneDNN {onednn_version()} on {capability}"
