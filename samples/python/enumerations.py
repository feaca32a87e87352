# SPDX-License-Identifier: MIT
# Members of enumerations are looked up, combined and compared.
# EXPECT clean
import enum


class Colour(enum.Enum):
    RED = 1
    GREEN = 2


class Mode(enum.Flag):
    READ = 1
    WRITE = 2
    APPEND = 4


for number in range(1500):
    Colour(1 + number % 2)
    Mode(1 + number % 7)
    Mode.READ | Mode.APPEND
