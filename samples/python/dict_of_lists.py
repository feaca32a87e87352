# SPDX-License-Identifier: MIT
# Each topic has a list of its readers, and topics are never dropped.

readers = {}


def subscribe(number):
    topic = "topic %05d" % (number // 4)  # EXPECT leak class=str blocks=500 bytes=500*52..500*61
    if topic not in readers:
        readers[topic] = []  # EXPECT leak blocks=400..501
    readers[topic].append(bytes(60))  # EXPECT leak


def shuffle(number):
    pairs = [(n * number % 31, n) for n in range(30)]
    pairs.sort()
    return pairs[0]


for number in range(2000):
    subscribe(number)
    shuffle(number)
