"""Readers of structures that many formats are built of, one module each: what a file says, and nothing of what it is.

`pages.py`, `pieces.py` and `stream.py` are three ways to walk over a file within a cap: all over it by addresses, in
short steps with jumps, from front to back. `inflating.py` reads what is compressed. The others read one encoding each:
FlatBuffers, HDF5, JSON, MessagePack, NumPy's arrays, Protocol Buffers, sorted tables, tar, UBJSON, zip.
`floats.py` and `spread.py` tell whether numbers without any structure look trained.

Lengths, counts and offsets of a file are never trusted here; a damaged one raises `pages.DamagedError`, or what the
module says, and nothing else. No recogniser is imported.
"""
