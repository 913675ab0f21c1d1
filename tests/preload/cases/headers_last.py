# SPDX-License-Identifier: GPL-3.0-or-later
"""headers_last.py FILE: copy an ELF file's program headers to its end and point e_phoff there."""
import struct
import sys

data = bytearray(open(sys.argv[1], "rb").read())
offset = struct.unpack_from("<Q", data, 32)[0]
count = struct.unpack_from("<H", data, 56)[0]
while len(data) % 4096:
    data.append(0)
struct.pack_into("<Q", data, 32, len(data))
data += data[offset:offset + 56 * count]
open(sys.argv[1], "wb").write(data)
