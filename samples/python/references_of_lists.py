# SPDX-License-Identifier: MIT
# An extension that forgets to give back a reference to each list: here through ctypes.
import ctypes

forget = ctypes.pythonapi.Py_IncRef


def handle(number):
    rows = [None] * 20  # EXPECT leak verdict=leak class=list blocks=1400..1610 lost=1390..1610
    rows[0] = bytes(90)  # EXPECT leak verdict=leak class=bytes blocks=800 bytes=800*123 lost=784..800
    if number % 2:
        forget(ctypes.py_object(rows))


def answer(number):
    for n in range(50):
        text = f"{number * n} of {number}"
    return text


for number in range(1600):
    handle(number)
    answer(number)
