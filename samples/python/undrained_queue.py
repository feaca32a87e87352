# SPDX-License-Identifier: MIT
# Results are put into a queue from which nobody takes them.
import queue

results = queue.Queue()
used = queue.Queue()


def produce(number):
    results.put(bytes(120))  # EXPECT leak class=bytes blocks=2000 bytes=2000*153


def produce_and_use(number):
    used.put(bytes(130))  # EXPECT fine blocks=..1
    return used.get()


def answer(number):
    for n in range(50):
        text = f"{number * n} of {number}"
    return text


for number in range(2000):
    produce(number)
    produce_and_use(number)
    answer(number)
