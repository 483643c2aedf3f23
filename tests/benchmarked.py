"""What pytest-benchmark writes, cut down to what a record of it needs."""

from __future__ import annotations

PROVENANCE = {
    "environment": {"device": "cpu", "processor": "a chip", "threads": 2, "torch": "2.11"},
    "commit": "0123",
    "finished": "2026-01-01T00:00:00+00:00",
}


def entry(median=1.0, **facts):
    return {"stats": {"median": median, "min": 0.0}, "extra_info": facts, "name": "ignored"}


BENCHMARKS = [
    entry(
        about="training, ZeroSNet-20, batch 128",
        images=1000,
        other_seconds=[2.0, 2.2, 2.1],
        our_seconds=[0.5, 0.55, 0.525],
        peak_mib=900,
        unknown="is left out",
    ),
    entry(
        about="states: ZeroSNet-20 for PreResNet-20, suite, batch 128",
        images=1000,
        other_seconds=[1.0, 1.0],
        our_seconds=[1.1, 1.1],
    ),
    entry(about="sweep, ZeroSNet-20, 1 at once", images=1000, our_seconds=[1.0], peak_mib=800),
    entry(about="sweep, ZeroSNet-20, 2 at once", images=2000, our_seconds=[1.6], peak_mib=810),
    entry(0.1, about="peak, float32", operations=2e10),
    entry(0.1, about="peak, copy", bytes=1e9),
    entry(0.2, about="step, float32", images=100, operations=2e10, bytes=1e9),
    entry(0.1, about="convolutions, float32", images=100),
    entry(0.05, about="start-up: `python -m zerosnet --help`"),
    entry(0.0021, about="scheduling by Ray, 2 workers", our_seconds=[0.0021]),
]
