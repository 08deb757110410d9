"""A small copy of a labeled table to choose on elsewhere: training and validation shapes, never test shapes.

python -m benchmarks.bring_shapes shapes69.lance DIR/shapes69.npz --points 512 --most 2000
"""

import argparse
import sys

import numpy as np


def main(argv: list[str]) -> int:
    """Copy; see the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table")
    parser.add_argument("out")
    parser.add_argument("--points", type=int, default=512, help="of each cloud: its first")
    parser.add_argument("--most", type=int, default=2000, help="shapes of each split, drawn with seed 0")
    values = parser.parse_args(argv)

    from pointrecon.shapes.door import as_shapes

    shapes = as_shapes(values.table)
    picked = []
    for split in ("train", "val"):
        index = shapes.in_split(split)
        picked.append(np.sort(index[np.random.default_rng(0).permutation(len(index))[: values.most]]))
    arrays = shapes.load(np.concatenate(picked))
    arrays.points = np.ascontiguousarray(arrays.points[:, : values.points])
    arrays.normals, arrays.part, arrays.features = None, None, {}
    arrays.save(values.out)
    print(f"{len(arrays)} shapes of {values.points} points: {values.out}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
