# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs programs and says which objects they leave and what belongs to them, as "ADDRESS SIZE T
NAME" (T: the garbage collector knows it, else -), then "end"; then waits for its input to end."""
import ctypes
import gc
import sys

HEAP_TYPE, GC = 1 << 9, 1 << 14
DICT_BEFORE = 1 << 4 if sys.version_info >= (3, 11) else 0
WEAKREFS_BEFORE = 1 << 3 if sys.version_info >= (3, 12) else 0


def word(address):
    return ctypes.c_uint64.from_address(address).value


def before(kind):
    """Bytes of the block before an object."""
    flags = kind.__flags__
    return (16 if flags & GC else 0) + (16 if flags & (DICT_BEFORE | WEAKREFS_BEFORE) else 0)


def size_of(thing, kind):
    """Bytes of an object without what lies elsewhere."""
    if isinstance(thing, str):
        return str.__sizeof__(thing)
    if kind.__itemsize__ and not isinstance(thing, type):
        return max(kind.__sizeof__(thing), kind.__basicsize__)
    return kind.__basicsize__


def name_of(kind):
    return ("" if kind.__module__ == "builtins" else kind.__module__ + ".") + kind.__name__


def parts(thing, kind):
    """(address, name) of blocks that belong to it."""
    at = id(thing)
    if isinstance(thing, list) and len(thing):
        yield word(at + 24), "list (items)"
    if isinstance(thing, dict) and len(thing):
        yield word(at + 32), "dict (keys)"
    if isinstance(thing, (set, frozenset)) and len(thing) > 8:
        yield word(at + 40), "set (table)"
    if isinstance(thing, bytearray) and len(thing):
        yield word(at + 32), "bytearray (bytes)"
    if kind.__flags__ & DICT_BEFORE and not isinstance(thing, type):
        if sys.version_info < (3, 12) and word(at - 32):
            yield word(at - 32), name_of(kind) + " (values)"
        elif (3, 12) <= sys.version_info < (3, 13) and word(at - 24) & 1:
            yield word(at - 24) - 1, name_of(kind) + " (values)"


found = {}


def note(thing):
    kind = type(thing)
    if isinstance(thing, type) and not thing.__flags__ & HEAP_TYPE:
        return                          # in the interpreter's data, and no block
    at = id(thing) - before(kind)
    found[at] = (size_of(thing, kind) + before(kind), gc.is_tracked(thing), name_of(kind))
    for address, name in parts(thing, kind):
        found.setdefault(address, (8, False, name))


def main():
    spaces = [{"__name__": "program%d" % i} for i in range(len(sys.argv))]
    for i, program in enumerate(sys.argv[1:]):
        exec(program, spaces[i])
    gc.collect()
    gc.disable()
    things = gc.get_objects()
    for thing in things:
        if thing is not things and thing is not found:
            note(thing)
    for thing in things:
        for other in gc.get_referents(thing):
            if other is not things and other is not found and not gc.is_tracked(other):
                note(other)
    for at, (size, tracked, name) in list(found.items()):
        print("%x %d %s %s" % (at, size, "T" if tracked else "-", name))
    print("end", flush=True)
    sys.stdin.read()


main()
