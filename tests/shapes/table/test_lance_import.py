"""A table opens without a client of REST servers, which is there for who asks for it, and writes without log lines."""

import subprocess
import sys

import pytest

CODE = """
import sys
import numpy as np
from pointrecon.shapes import ShapeArrays, TableMeta, create_table
table = create_table(sys.argv[1], TableMeta())
print(len(table))
table.append(ShapeArrays.from_points(np.eye(3)[None]))
table.replace_features("image/looks", [(table.ids(), np.ones((1, 1, 2)))], {})
print("lance_namespace_urllib3_client.api" in sys.modules)
import lance_namespace_urllib3_client
print(lance_namespace_urllib3_client.TableApi.__name__, hasattr(lance_namespace_urllib3_client, "nothing"))
"""


def test_a_table_opens_without_a_client_of_servers(tmp_path) -> None:
    pytest.importorskip("lancedb")
    done = subprocess.run([sys.executable, "-c", CODE, tmp_path / "t.lance"], capture_output=True, text=True)
    assert done.stdout.split("\n")[:3] == ["0", "False", "TableApi False"], done.stderr
    assert done.stderr == ""
