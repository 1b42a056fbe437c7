#!/usr/bin/env bash
# DuckDB 2.0.1: a CSV file whose gzip checksum is wrong is read as good, and so is one whose zstd frame was cut.
#
# gzip ends with a CRC of the text, zstd's frame with a mark on its last block and, here, with a checksum. DuckDB's `read_csv`
# compares no CRC, so a byte that was altered on the way is a value of the table; and where the file ends, the zstd frame
# may, so an upload that broke off is a shorter table. Neither is told. (A gzip file that was cut is an error, and so is a whole
# zstd frame with a wrong checksum.) Polars 2.1.0, PyArrow 26.0.1
# and pandas 3.1.1 refuse the first, Polars and PyArrow the second.
#
# Input: digit.csv.gz, two rows, the digit of the first changed in the stored block; cut.csv.zst, 2,000 rows, cut behind the
#        block that ends with row 1,000.
# Seen:  digit.csv.gz a=9, b=2, where 1 and 2 were written; cut.csv.zst 1000 rows; no error.
#
# Needs Python 3 with pip; takes some 30 MB of download. Exits 0 if it is as described.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --no-deps --target packages duckdb==2.0.1 zstandard==0.25.0
PYTHONPATH=packages python3 - >seen.txt <<'PY'
import gzip

import duckdb
import zstandard

stored = bytearray(gzip.compress(b"k,n\na,1\nb,2\n", compresslevel=0))
stored[stored.index(b"a,1") + 2] = ord("9")
open("digit.csv.gz", "wb").write(stored)
try:
    gzip.decompress(bytes(stored))
except gzip.BadGzipFile:
    print("Python: the checksum is wrong")

rows = [b"%d,%d\n" % (i, i) for i in range(2000)]
writer = zstandard.ZstdCompressor(write_checksum=True).compressobj()
half = writer.compress(b"k,n\n" + b"".join(rows[:1000])) + writer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
whole = half + writer.compress(b"".join(rows[1000:])) + writer.flush()
open("cut.csv.zst", "wb").write(half)
open("whole.csv.zst", "wb").write(whole)

print("digit.csv.gz", duckdb.sql("select * from read_csv('digit.csv.gz')").fetchall())
for name in ["whole.csv.zst", "cut.csv.zst"]:
    print(name, *duckdb.sql(f"select count(*), max(n) from read_csv('{name}')").fetchall()[0])
PY
cat seen.txt
diff - seen.txt <<'EXPECTED'
Python: the checksum is wrong
digit.csv.gz [('a', 9), ('b', 2)]
whole.csv.zst 2000 1999
cut.csv.zst 1000 999
EXPECTED
