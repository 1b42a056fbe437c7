"""Caches in libCacheSim: `python3 examples/cache_peers.py`, with a line `TRACE SIZE POLICY` on standard input for each run.

A trace is in the format oracleGeneral, and sizes are ignored: each object takes 1. Prints the misses and the seconds of
each run, by the wall, of libCacheSim's own loop from the opened file on. See `examples/cache_speed.rs`, which runs it.
"""

import sys
import time

import libcachesim as lcs

POLICIES = {
    "lru": lcs.LRU,
    "fifo": lcs.FIFO,
    # In Corbató's CLOCK the request that brings an object in sets its bit.
    "clock": lambda size, **options: lcs.Clock(size, init_freq=1, **options),
    "lfu": lcs.LFU,
    "sieve": lcs.Sieve,
    "s3-fifo": lcs.S3FIFO,
    "arc": lcs.ARC,
    "w-tiny-lfu": lcs.WTinyLFU,
    "min": lcs.Belady,
}


def run(trace, size, policy):
    options = lcs.ReaderInitParam(ignore_obj_size=True)
    reader = lcs.TraceReader(trace, lcs.TraceType.ORACLE_GENERAL_TRACE, options)
    # Its hash table begins with 2^24 buckets unless it is told otherwise; it grows, and is faster when it fits.
    cache = POLICIES[policy](size, hashpower=max(12, size.bit_length() + 1))
    begin = time.perf_counter()
    ratio, _ = cache.process_trace(reader)
    seconds = time.perf_counter() - begin
    return round(ratio * reader.get_num_of_req()), seconds


if __name__ == "__main__":
    for line in sys.stdin:
        trace, size, policy = line.rsplit(maxsplit=2)
        print(*run(trace, int(size), policy), flush=True)
