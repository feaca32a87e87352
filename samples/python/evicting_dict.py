# SPDX-License-Identifier: MIT
# A dictionary that forgets its oldest entry as soon as it has more than 200.
# EXPECT clean

entries = {}


def remember(number):
    value = bytes(300)  # EXPECT fine class=bytes blocks=200..201 bytes=200*333..202*333
    entries[number] = value  # EXPECT fine
    if len(entries) > 200:
        del entries[next(iter(entries))]


for number in range(4000):
    remember(number)
