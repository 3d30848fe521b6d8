"""Training: cases, augmentation, losses, fitting, cross-validation, threshold search, export."""
