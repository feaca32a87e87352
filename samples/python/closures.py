# SPDX-License-Identifier: MIT
# Callbacks that capture a large buffer are kept for later.

callbacks = []


def defer(number):  # EXPECT leak python=3.11- class=cell blocks=3000 bytes=3000*40
    buffer = bytes(1000)  # EXPECT leak class=bytes blocks=1500 bytes=1500*1033
    callbacks.append(lambda: len(buffer) + number)  # EXPECT leak


def run_now(number):
    action = lambda: number + 1.5
    return action()


def answer(number):
    for n in range(50):
        text = f"{number * n} of {number}"
    return text


for number in range(1500):  # EXPECT leak class=int
    # Until 3.10 a function gets its cells before it begins.
    # EXPECT leak python=-3.10 class=cell blocks=3000 bytes=3000*40
    defer(number)
    run_now(number)
    answer(number)
