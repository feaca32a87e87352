# SPDX-License-Identifier: MIT
# Asking a defaultdict for what it does not have makes it have it; a Counter of all that was seen.
import collections

scores = collections.defaultdict(bytearray)
seen = collections.Counter()


def score(number):
    return scores["player %05d" % number]  # EXPECT leak


def count(number):
    seen["word %05d" % number] += 1  # EXPECT leak


def count_few(number):
    few = collections.Counter(str(number))  # EXPECT fine
    return few.most_common(1)


for number in range(1500):
    score(number)
    count(number)
    count_few(number)
