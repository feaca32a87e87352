# SPDX-License-Identifier: MIT
# The list that an argument has if nothing is given is the same in all calls.


def add(entry, entries=[]):
    entries.append(entry)  # EXPECT leak blocks=1..2 bytes=12000..20000
    return entries


def handle(number):
    add(bytes(64))  # EXPECT leak class=bytes blocks=2000 bytes=2000*97
    add(bytes(65), [])


def answer(number):
    for n in range(50):
        text = f"{number * n} of {number}"
    return text


for number in range(2000):
    handle(number)
    answer(number)
