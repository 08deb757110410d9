"""Small E57 files: pages with checksums, points packed in bits."""

import struct

import numpy as np

PAGE, INSIDE = 1024, 1020


def paged(logical: bytes) -> bytes:
    """The pages of a file, from its bytes without checksums, whose header gets the file's length."""
    pages = -(-len(logical) // INSIDE)
    logical = logical[:16] + struct.pack("<Q", pages * PAGE) + logical[24:]
    parts = [logical[i : i + INSIDE].ljust(INSIDE, b"\0") for i in range(0, len(logical), INSIDE)]
    return b"".join(part + struct.pack(">I", _crc(part)) for part in parts)


def e57_logical(scans: list[tuple[list[tuple[str, str, np.ndarray, int]], str]], packet: int = 7) -> bytes:
    """A file's bytes without checksums. A scan: columns (name, attributes, raw values, bits, 0 for floats), more XML.

    ``packet``: bytes of each column in a packet.
    """
    content = bytes(48)
    told = ""
    for columns, more in scans:
        streams = [_packed(values, bits) for _, _, values, bits in columns]
        start = len(content)
        packets = b""
        while any(streams):
            pieces = [stream[:packet] for stream in streams]
            streams = [stream[packet:] for stream in streams]
            body = struct.pack(f"<H{len(pieces)}H", len(pieces), *map(len, pieces)) + b"".join(pieces)
            body += bytes(-(len(body)) % 4)
            packets += struct.pack("<BBH", 1, 0, len(body) + 3) + body
        content += struct.pack("<B7xQQQ", 1, 32 + len(packets), _physical(start + 32), 0) + packets
        fields = "".join(f"<{name} {attributes}/>" for name, attributes, _, _ in columns)
        place = f'fileOffset="{_physical(start)}" recordCount="{len(columns[0][2])}"'
        told += (
            f'<vectorChild type="Structure"><guid type="String">s</guid>{more}<points type="CompressedVector" {place}>'
        )
        told += f'<prototype type="Structure">{fields}</prototype></points></vectorChild>'
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?><e57Root type="Structure" '
        'xmlns="http://www.astm.org/COMMIT/E57/2010-e57-v1.0"><formatName type="String">ASTM E57 3D Imaging Data File'
        '</formatName><guid type="String">f</guid><versionMajor type="Integer">1</versionMajor>'
        f'<versionMinor type="Integer"/><data3D type="Vector">{told}</data3D></e57Root>'
    ).encode()
    head = struct.pack("<8sIIQQQQ", b"ASTM-E57", 1, 0, 0, _physical(len(content)), len(xml), PAGE)
    return head + content[48:] + xml


def _physical(logical: int) -> int:
    return logical + 4 * (logical // INSIDE)


def _packed(values: np.ndarray, bits: int) -> bytes:
    if not bits:
        return values.tobytes()
    flags = (np.asarray(values, np.uint64)[:, None] >> np.arange(bits, dtype=np.uint64)) & np.uint64(1)
    return np.packbits(flags.astype(np.uint8).reshape(-1), bitorder="little").tobytes()


def _crc(page: bytes) -> int:
    found = 0xFFFFFFFF
    for byte in page:
        found ^= byte
        for _ in range(8):
            found = found >> 1 ^ (0x82F63B78 if found & 1 else 0)
    return found ^ 0xFFFFFFFF
