"""Room files: model folder, card, released checkpoints."""
