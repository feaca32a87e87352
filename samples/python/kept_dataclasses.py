# SPDX-License-Identifier: MIT
# Records of a dataclass that are kept.
import dataclasses


@dataclasses.dataclass
class Point:
    __slots__ = ("x", "y")
    x: float
    y: float


points = []


def measure(number):
    point = Point(None, bytes(40))  # EXPECT leak
    points.append(point)  # EXPECT leak


def answer(number):
    for n in range(50):
        text = f"{number * n} of {number}"
    return text


for number in range(2000):
    measure(number)
    Point(None, None)
    answer(number)
