# SPDX-License-Identifier: MIT
# A cache with room for 500 results, of which all are asked for again and again.
# EXPECT clean
import functools


@functools.lru_cache(maxsize=512)
def square(number):
    return [number] * 10  # EXPECT fine blocks=500..1010


for turn in range(8):
    for number in range(500):
        square(number)
        "%d of %d" % (number, turn)
