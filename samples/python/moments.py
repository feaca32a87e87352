# SPDX-License-Identifier: MIT
# The time of each event is kept, the span to the next is not.
import datetime

START = datetime.datetime(2020, 1, 1)
moments = []


def event(number):
    # EXPECT leak class=datetime.datetime blocks=2000..2001 bytes=2000*40..2010*48
    moment = START + datetime.timedelta(seconds=number)
    moments.append(moment)  # EXPECT leak


def span(number):
    return (datetime.datetime(2021, 1, 1) - START).total_seconds()


def answer(number):
    for n in range(50):
        text = f"{number * n} of {number}"
    return text


for number in range(2000):
    event(number)
    span(number)
    answer(number)
