# SPDX-License-Identifier: MIT
# Code is compiled for each rule; the functions of some are kept, those of others dropped.

TEXT = "def rule(value):\n    limit = %d\n    return value > limit\n"
rules = []


def load(number):
    names = {}
    exec(TEXT % number, names)  # EXPECT leak
    rules.append(names["rule"])  # EXPECT leak


def load_and_drop(number):
    names = {}
    exec(TEXT % number, names)  # EXPECT fine
    return names["rule"](number)


for number in range(500):
    load(number)
    load_and_drop(number)
