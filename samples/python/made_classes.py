# SPDX-License-Identifier: MIT
# Classes are made in a loop: some are kept, the garbage collector has the others.

classes = []


def make(number):
    # EXPECT leak
    classes.append(type("Row%d" % number, (), {"__slots__": ("key",)}))


def make_and_drop(number):
    type("Temporary%d" % number, (), {"__slots__": ("key",)})  # EXPECT fine


for number in range(800):
    make(number)
    make_and_drop(number)
