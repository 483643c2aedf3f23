"""The loop that anyone would write first: PIL transforms, DataLoader, float32, eager, NCHW.

It is what the suite's engine is measured against, and nothing of the suite is in it but the
networks.  Normalization is a transform here, as in the authors' loop.
"""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

MEAN, STD = (0.5, 0.5, 0.5), (0.25, 0.25, 0.25)
TRAINING = transforms.Compose(
    [
        transforms.RandomCrop(32, padding=4),
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
        transforms.Normalize(MEAN, STD),
    ]
)
TESTING = transforms.Compose([transforms.ToTensor(), transforms.Normalize(MEAN, STD)])
WORKERS = 2  # of none, one and two the fastest on two cores


class Images(Dataset):
    """Images in memory, as torchvision's CIFAR10 holds them."""

    def __init__(self, images, labels, transform):
        self.images, self.labels, self.transform = images, labels, transform

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.transform(Image.fromarray(self.images[index])), int(self.labels[index])


def loader(images, labels, transform, batch):
    """Batches of a data set, shuffled where it is augmented."""
    return DataLoader(
        Images(images.numpy(), np.asarray(labels), transform),
        batch,
        shuffle=transform is TRAINING,
        num_workers=WORKERS,
        persistent_workers=True,
        pin_memory=torch.cuda.is_available(),
    )


def train(network, optimizer, batches, device):
    """One epoch; returns its mean loss, asked for at every step as most loops do."""
    network.train()
    total = 0.0
    for inputs, targets in batches:
        inputs, targets = inputs.to(device), targets.to(device)
        optimizer.zero_grad()
        loss = functional.cross_entropy(network(inputs), targets)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(batches)


@torch.no_grad()
def evaluate(network, batches, device, disturb=None):
    """Accuracy in percent, maybe of disturbed pixels."""
    network.eval()
    correct = seen = 0
    for inputs, targets in batches:
        inputs, targets = inputs.to(device), targets.to(device)
        if disturb is not None:
            inputs = disturb(inputs)
        correct += (network(inputs).argmax(1) == targets).sum().item()
        seen += len(targets)
    return 100.0 * correct / seen
