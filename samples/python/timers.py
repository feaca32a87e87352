# SPDX-License-Identifier: MIT
# Timers are made for requests, cancelled before they start, and kept.
import threading

timers = []


def watch(number):
    timer = threading.Timer(60, watch, [number])  # EXPECT leak
    timer.cancel()  # EXPECT fine
    timers.append(timer)  # EXPECT leak


def answer(number):
    for n in range(50):
        text = f"{number * n} of {number}"
    return text


for number in range(1200):  # EXPECT leak class=int
    watch(number)
    answer(number)
