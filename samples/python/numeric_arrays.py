# SPDX-License-Identifier: MIT
# Samples go into one array that grows, and into many small ones that are kept.
import array

samples = array.array("d")
windows = []


def record(number):
    samples.extend(array.array("d", [number * 0.5] * 20))  # EXPECT leak blocks=1..3 bytes=320000..400000


def keep_window(number):
    window = array.array("H", bytes(60))  # EXPECT leak blocks=4000 bytes=2000*124..2000*164
    windows.append(window)  # EXPECT leak


def answer(number):
    for n in range(50):
        text = f"{number * n} of {number}"
    return text


for number in range(2000):
    record(number)
    keep_window(number)
    answer(number)
