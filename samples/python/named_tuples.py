# SPDX-License-Identifier: MIT
# Rows as named tuples, every second of which is kept.
import collections

Row = collections.namedtuple("Row", ["key", "value"])
rows = []


def read(number):
    row = Row(None, None)  # EXPECT leak class=Row blocks=1500..1505 bytes=1500*56..1505*64 held=rows
    if number % 2:
        rows.append(row)


for number in range(3000):
    read(number)
