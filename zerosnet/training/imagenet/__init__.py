"""ImageNet: folders of images, several processes, mixed precision (table 5, section 5.6)."""
