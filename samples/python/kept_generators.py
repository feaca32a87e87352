# SPDX-License-Identifier: MIT
# Readers that have given one of their lines wait forever for someone to ask for the next.

readers = []


def lines(number):  # EXPECT leak python=3.11- class=generator blocks=1200..1205
    buffer = bytes(400)  # EXPECT leak class=bytes blocks=1200..1201 bytes=1200*433..1201*433
    yield len(buffer)
    yield number


def first_line(number):
    reader = lines(number)  # EXPECT leak python=-3.10 class=generator blocks=1200..1205
    readers.append(reader)  # EXPECT leak
    return next(reader)


def all_lines(number):
    return sum(lines(number))


def answer(number):
    for n in range(50):
        text = f"{number * n} of {number}"
    return text


for number in range(1200):  # EXPECT leak class=int
    first_line(number)
    all_lines(number)
    answer(number)
