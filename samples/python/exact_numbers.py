# SPDX-License-Identifier: MIT
# Decimal numbers and fractions: one account keeps all that were added, sums are dropped.
import decimal
import fractions

entries = []


def enter(number):
    entries.append(decimal.Decimal(number) / 7)  # EXPECT leak class=decimal.Decimal


def part(number):
    return fractions.Fraction(number, 7) + fractions.Fraction(1, 3)  # EXPECT fine blocks=..5


for number in range(1500):
    enter(number)
    part(number)
