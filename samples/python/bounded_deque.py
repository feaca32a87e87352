# SPDX-License-Identifier: MIT
# The last 100 lines of a log.
# EXPECT clean
import collections

last = collections.deque(maxlen=100)


def log(number):
    last.append("line %d of the log" % number)  # EXPECT fine blocks=100..103


for number in range(5000):
    log(number)
