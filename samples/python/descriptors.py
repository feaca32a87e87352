# SPDX-License-Identifier: MIT
# A descriptor keeps the values of all objects in a dictionary of its own, beside a property that does not.


class Attribute:
    def __init__(self):
        self.values = {}

    def __get__(self, instance, owner):
        return self.values[instance]

    def __set__(self, instance, value):
        self.values[instance] = value  # EXPECT any blocks=1


class Shape:
    __slots__ = ("sides",)
    colour = Attribute()

    @property
    def corners(self):
        return self.sides


def draw(number):
    shape = Shape()  # EXPECT leak class=Shape blocks=1500..1505 bytes=1500*40..1505*40
    shape.colour = bytes(20)  # EXPECT leak class=bytes blocks=1500..1501 bytes=1500*53..1500*54
    shape.sides = number
    return shape.corners


def answer(number):
    for n in range(50):
        text = f"{number * n} of {number}"
    return text


for number in range(1500):  # EXPECT leak class=int blocks=1240..1260
    draw(number)
    answer(number)
