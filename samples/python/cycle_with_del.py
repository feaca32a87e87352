# SPDX-License-Identifier: MIT
# Pairs that know each other, with a __del__ method, while the garbage collector is off.
import gc

gc.disable()


class Node:
    __slots__ = ("other", "text")

    def __del__(self):
        self.text = None


def pair(number):
    # EXPECT leak class=Node blocks=2000 bytes=2000*48 garbage=1960..2000 lost=..40
    one, other = Node(), Node()
    one.text = bytes(200)  # EXPECT leak class=bytes blocks=1000 bytes=1000*233
    one.other, other.other = other, one


def answer(number):
    for n in range(90):
        text = f"{number * n} of {number}"
    return text


for number in range(1000):
    pair(number)
    answer(number)
