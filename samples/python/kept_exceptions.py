# SPDX-License-Identifier: MIT
# Errors are kept to be shown later, and with each the frames that it passed, with what is local there.

errors = []


def parse(number):
    line = bytearray(500)  # EXPECT leak class=bytearray blocks=3000 bytes=1500*557..1500*566
    raise ValueError("line %d of %d bytes" % (number, len(line)))  # EXPECT leak


def attempt(number):
    try:
        parse(number)  # EXPECT leak
    except ValueError as error:
        errors.append(error)  # EXPECT leak


def attempt_another(number):
    try:
        raise KeyError("key %d" % number)
    except KeyError:
        pass


def answer(number):
    for n in range(50):
        text = f"{number * n} of {number}"
    return text


for number in range(1500):  # EXPECT leak class=int
    attempt(number)  # EXPECT leak python=-3.10
    attempt_another(number)
    answer(number)
