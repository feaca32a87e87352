# SPDX-License-Identifier: MIT
# Of two iterators over the same lines only one is used: all lines wait for the other.
import itertools


def lines():
    for number in range(3000):
        yield "line %05d" % number  # EXPECT leak class=str blocks=2999..3000 bytes=2999*51..3000*60


fast, slow = itertools.tee(lines())
next(slow)
for line in fast:  # EXPECT leak
    len(line.split())
