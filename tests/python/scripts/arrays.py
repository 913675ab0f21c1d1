# SPDX-License-Identifier: GPL-3.0-or-later
"""Arrays, each made on a line of its own; tells how many bytes each has."""
import json
import sys

import numpy


def zeros(n):
    return numpy.zeros(n)  # a


def made():
    a = zeros(1000000)
    b = numpy.arange(300000)  # b
    c = a + 1  # c
    return a, b, c


arrays = made()
json.dump([array.nbytes for array in arrays], sys.stdout)
