# SPDX-License-Identifier: MIT
# A linked list of events that only gets longer; others of 100 nodes are dropped.


class Event:
    __slots__ = ("next", "data")

    def __init__(self, following, data):
        self.next = following
        self.data = data


newest = None


def append(number):
    global newest
    # EXPECT leak class=Event blocks=2000..2005 bytes=2000*48..2005*48
    newest = Event(newest, None)


def chain(number):
    first = None
    for _ in range(100):
        first = Event(first, None)  # EXPECT fine blocks=..5
    return None


def answer(number):
    for n in range(50):
        text = f"{number * n} of {number}"
    return text


for number in range(2000):
    append(number)
    if number % 20 == 0:
        chain(number)
    answer(number)
