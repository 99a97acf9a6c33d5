"""Identifiers: a short prefix, then 48 bits of milliseconds and 80 random ones, sortable as text."""

import os
import re
import time

# Crockford's alphabet has no i, l, o and u, so an id can be read out loud.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [high + low for high in _ALPHABET for low in _ALPHABET]
_SHAPE = re.compile(r"[a-z][a-z0-9]{0,11}_[0-7][0-9a-hjkmnp-tv-z]{25}", re.ASCII)
_SHIFTS = range(120, -1, -10)


def new_id(prefix: str) -> str:
    """A new id such as `prd_01jd8m3v6t9k2w5x8z0b4c7f1g`; ids of one prefix sort by time of making."""
    number = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    return prefix + "_" + "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])


def is_id(text: str) -> bool:
    """Whether `text` looks like an id we made, of whatever prefix: a resource may have had another."""
    return _SHAPE.fullmatch(text) is not None
