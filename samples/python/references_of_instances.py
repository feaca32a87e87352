# SPDX-License-Identifier: MIT
# An extension that forgets to give back a reference to each object: here through ctypes.
import ctypes

forget = ctypes.pythonapi.Py_IncRef


class Request:
    __slots__ = ("body",)


def handle(number):
    # EXPECT leak verdict=leak class=Request blocks=800..805 bytes=800*40..805*40 lost=784..800
    request = Request()
    # EXPECT leak verdict=leak class=bytes blocks=800 bytes=800*123 lost=784..800
    request.body = bytes(90)
    if number % 2:
        forget(ctypes.py_object(request))


def answer(number):
    for n in range(50):
        text = f"{number * n} of {number}"
    return text


for number in range(1600):
    handle(number)
    answer(number)
