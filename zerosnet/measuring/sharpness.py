"""How sharp the minimum is that a training has found: the largest curvature of the plain loss.

The largest eigenvalue of the Hessian of the mean cross-entropy over some training images, in
evaluation mode, without augmentation, by Lanczos' method on Hessian–vector products.  Batch norm
makes the loss invariant to the scale of the weights before it, and curvature is not: compare
networks trained alike.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from scipy.sparse.linalg import ArpackError, ArpackNoConvergence, LinearOperator, eigsh
from torch import Tensor
from torch.nn import functional

from zerosnet.data.augmentation import pixels
from zerosnet.data.images import ImageSet
from zerosnet.data.seeds import generator_for
from zerosnet.networks.network import MultistepNetwork

#: Training images that the loss is taken over, the first ones.
IMAGES = 500
#: Of the eigenvalue, relative: far less than what seeds differ by.
TOLERANCE = 1e-2


def log_sharpness(
    network: MultistepNetwork, images: ImageSet, device: torch.device, count: int = IMAGES
) -> float | None:
    """Log10 of the largest eigenvalue of the Hessian; ``None`` where none is above 0 or finite.

    Args:
        count: training images that the loss is taken over, the first ones.

    Raises:
        ArpackNoConvergence: there is one, and Lanczos' method has not found it.
    """
    network.eval()
    inputs = pixels(images.train_images[:count].to(device))
    targets = images.train_labels[:count].to(device)
    parameters = [p for p in network.parameters() if p.requires_grad]
    loss = functional.cross_entropy(network(inputs), targets)
    gradient = _flat(torch.autograd.grad(loss, parameters, create_graph=True), parameters)
    if not bool(torch.isfinite(gradient).all()):
        return None
    size = len(gradient)

    def product(direction: Any) -> Any:
        vector = torch.as_tensor(direction.reshape(-1), dtype=gradient.dtype, device=device)
        found = torch.autograd.grad(
            gradient, parameters, vector, retain_graph=True, allow_unused=True
        )
        return _flat(found, parameters).cpu().double().numpy()

    # The same start for every network, so that the same weights give the same number.
    start = torch.randn(size, generator=generator_for("sharpness"), dtype=torch.float64).numpy()
    operator = LinearOperator((size, size), matvec=product, dtype=np.float64)
    try:
        (largest,) = eigsh(
            operator, k=1, which="LA", v0=start, tol=TOLERANCE, return_eigenvectors=False
        )
    except ArpackNoConvergence:
        raise
    except ArpackError:  # the Hessian is 0, or not finite
        return None
    return round(math.log10(largest), 4) if largest > 0 and math.isfinite(largest) else None


def _flat(tensors: tuple[Tensor | None, ...], parameters: list[torch.nn.Parameter]) -> Tensor:
    """Gradients as one vector, zeros where a parameter has none."""
    filled = [
        torch.zeros_like(parameter) if tensor is None else tensor
        for tensor, parameter in zip(tensors, parameters, strict=True)
    ]
    return torch.cat([tensor.reshape(-1) for tensor in filled])
