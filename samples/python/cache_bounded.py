# SPDX-License-Identifier: MIT
# A cache of the last 128, asked for something else each time.
# EXPECT clean
import functools


@functools.lru_cache(maxsize=128)
def lower(text):
    return text * 5  # EXPECT fine class=str blocks=128..130 bytes=128*105..130*114


def look_up(number):
    return lower("question %04d" % number)  # EXPECT fine


for number in range(4000):
    look_up(number)
    sorted([number, 3, 2])
