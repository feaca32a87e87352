# SPDX-License-Identifier: MIT
# A table that is loaded at the start and used until the end.
# EXPECT clean


def load(count):
    return {"word %05d" % n: float(n) for n in range(count)}  # EXPECT fine blocks=5900..6010


def use(table, number):
    return sum([table["word %05d" % (number * n % 3000)] for n in range(20)])


table = load(3000)
for number in range(3000):
    use(table, number)
