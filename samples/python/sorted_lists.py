# SPDX-License-Identifier: MIT
# Lists that are made, sorted and dropped.
# EXPECT clean


def median(number):
    values = [float(number * n % 101) for n in range(60)]
    values.sort()
    return values[30]


for number in range(1500):
    median(number)
