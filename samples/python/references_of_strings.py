# SPDX-License-Identifier: MIT
# An extension that forgets to give back references to strings and bytes: here through ctypes.
import ctypes

forget = ctypes.pythonapi.Py_IncRef


def handle(number):
    name = "customer %05d" % number  # EXPECT leak verdict=leak class=str blocks=1000 lost=980..1000
    data = bytes(300)  # EXPECT leak verdict=leak class=bytes blocks=1000 bytes=1000*333 lost=980..1000
    forget(ctypes.py_object(name))
    forget(ctypes.py_object(data))


def answer(number):
    for n in range(50):
        text = f"{number * n} of {number}"
    return text


for number in range(1000):
    handle(number)
    "%d" % number
    answer(number)
