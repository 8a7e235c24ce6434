"""A Parquet file compressed by Zstandard, for test/fixtures/zstd.parquet.

    pip install pyarrow==25.0.1 && python scripts/reference/parquet.py

Two grey bitmaps of 8x8 pixels, of levels 30 and 60, as Hugging Face's library writes images. Their bytes repeat, so that their pages
are packed.
"""

import json
import pathlib
import struct

import pyarrow
import pyarrow.parquet

FIXTURES = pathlib.Path(__file__).parents[2] / "test/fixtures"


def bitmap(level, side=8):
    header = struct.pack("<2sIIIIiiHHIIiiII", b"BM", 54 + 3 * side * side, 0, 54, 40, side, side, 1, 24, 0, 0, 0, 0, 0, 0)
    return header + bytes([level]) * (3 * side * side)


features = {"image": {"_type": "Image"}, "label": {"_type": "ClassLabel", "names": ["cat", "dog"]}}
images = [{"bytes": bitmap(30), "path": "0.bmp"}, {"bytes": bitmap(60), "path": "1.bmp"}]
table = pyarrow.table({"image": images, "label": [0, 1]})
table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
pyarrow.parquet.write_table(table, FIXTURES / "zstd.parquet", compression="zstd")
