# SPDX-License-Identifier: GPL-3.0-or-later
"""Pandas' tables, each made on a line of its own; tells how many bytes each has."""
import json
import sys

import numpy
import pandas


def made():
    table = pandas.DataFrame(numpy.ones((100000, 8)))  # a
    series = pandas.Series(numpy.arange(300000))  # b
    double = table * 2.0  # c
    return table, series, double


tables = made()
json.dump([int(table.memory_usage(index=False)) if table.ndim == 1 else
           int(table.memory_usage(index=False).sum()) for table in tables], sys.stdout)
