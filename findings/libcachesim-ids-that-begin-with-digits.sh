#!/usr/bin/env bash
# libCacheSim 0.3.5 (PyPI): objects whose ids begin with the same digits become one object, and half the misses are gone.
#
# Its CSV reader takes ids for numbers unless it is told otherwise, and reads a number up to the first character that isn't
# a digit. So of hexadecimal ids, UUIDs and file names such as 9f1c, 9a00 and 9.html nothing is left but the digits that
# they begin with, without a word; only of an id that begins with no digit it warns, and takes it for 0. Whoever counts
# misses over such a trace gets too few, whatever the policy.
#
# Input: five requests, `time,id,size`, for the ids 9f1c, 9a00, 9f1c, 9b77, 9a00, each of size 1; a cache for 10.
# Seen:  one object and 1 miss; with obj_id_is_num = False, and the header denied, three objects and 3 misses.
#
# Needs Python 3 with pip; takes some 40 MB of download. Exits 0 if it is as described.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --target packages libcachesim==0.3.5
printf '1,9f1c,1\n2,9a00,1\n3,9f1c,1\n4,9b77,1\n5,9a00,1\n' >trace.csv
PYTHONPATH=packages python3 - >seen.txt 2>log.txt <<'PY'
import libcachesim as lcs

for is_number in [None, False]:
    params = lcs.ReaderInitParam()
    params.time_field, params.obj_id_field, params.obj_size_field = 1, 2, 3
    if is_number is not None:
        params.obj_id_is_num, params.obj_id_is_num_set = is_number, True
        params.has_header, params.has_header_set = False, True
    reader = lcs.TraceReader("trace.csv", lcs.TraceType.CSV_TRACE, params)
    cache = lcs.LRU(10)
    ratio, _ = cache.process_trace(reader)
    print(is_number, round(ratio * 5), cache.get_n_obj())
PY
grep -v INFO seen.txt | tee lines.txt
diff - lines.txt <<'EXPECTED'
None 1 1
False 3 3
EXPECTED
