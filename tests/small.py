"""A model small enough for tests, as `ModelConfig` settings."""

SMALL = {
    "points": 96,
    "patches": 12,
    "patch_size": 8,
    "width": 32,
    "heads": 2,
    "depth": 3,
    "stem": 8,
    "decoder_depth": 1,
}
