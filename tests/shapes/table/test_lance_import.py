"""A table opens without a client of REST servers, which is there all the same for who asks for it."""

import subprocess
import sys

import pytest

CODE = """
import sys
from pointrecon.shapes import TableMeta, create_table
print(len(create_table(sys.argv[1], TableMeta())))
print("lance_namespace_urllib3_client.api" in sys.modules)
import lance_namespace_urllib3_client
print(lance_namespace_urllib3_client.TableApi.__name__, hasattr(lance_namespace_urllib3_client, "nothing"))
"""


def test_a_table_opens_without_a_client_of_servers(tmp_path) -> None:
    pytest.importorskip("lancedb")
    done = subprocess.run([sys.executable, "-c", CODE, tmp_path / "t.lance"], capture_output=True, text=True)
    assert done.stdout.split("\n")[:3] == ["0", "False", "TableApi False"], done.stderr
