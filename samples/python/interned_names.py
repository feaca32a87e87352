# SPDX-License-Identifier: MIT
# Names are interned, used and dropped. 3.12 never forgets an interned name, the others do.
import sys


def intern(number):
    # EXPECT leak class=str blocks=3000..3001 python=3.12
    # EXPECT fine blocks=..3 python=-3.11
    # EXPECT fine blocks=..3 python=3.13-
    name = sys.intern("name %05d" % number)
    return len(name)


for number in range(3000):
    intern(number)
