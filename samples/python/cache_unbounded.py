# SPDX-License-Identifier: MIT
# A cache without a bound, asked for something else each time.
import functools


@functools.lru_cache(None)
def lower(text):
    return text * 5  # EXPECT leak class=str blocks=2000..2001 bytes=2000*105..2001*114


def look_up(number):
    # The key, and what the cache has of it.
    return lower("question %04d" % number)  # EXPECT leak


for number in range(2000):
    look_up(number)
    sum([float(number * n) for n in range(40)])
