# SPDX-License-Identifier: MIT
# The context of each request is kept; what is set and taken back in one goes.
import contextvars

request = contextvars.ContextVar("request")
contexts = []


def handle(number):
    data = bytes(150)  # EXPECT leak class=bytes blocks=1500..1501 bytes=1500*183..1501*183
    request.set(data)  # EXPECT leak


def take(number):
    context = contextvars.copy_context()  # EXPECT leak blocks=1240..1505 held=contexts
    context.run(handle, number)
    contexts.append(context)  # EXPECT leak


def borrow(number):
    token = request.set(bytes(170))  # EXPECT fine blocks=..3
    request.reset(token)


def answer(number):
    for n in range(50):
        text = f"{number * n} of {number}"
    return text


for number in range(1500):
    take(number)
    borrow(number)
    answer(number)
