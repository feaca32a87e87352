# SPDX-License-Identifier: MIT
# A view of ten numbers keeps its whole array.
# EXPECT needs numpy
import numpy

views = []


def load():
    return numpy.arange(1000, dtype=float)  # EXPECT leak blocks=2000..4000 bytes=2000*8000..2000*8200


def keep(number):
    views.append(load()[5:15])  # EXPECT leak


def answer(number):
    for n in range(200):
        text = f"{number * n} of {number}"
    return text, numpy.zeros(1000).sum()


for number in range(2000):
    keep(number)
    answer(number)
