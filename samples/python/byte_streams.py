# SPDX-License-Identifier: MIT
# Streams in memory: some are kept, the others are not.
import io

streams = []


def write(number):
    stream = io.BytesIO()  # EXPECT leak class=_io.BytesIO
    stream.write(bytes(700))  # EXPECT leak class=bytes blocks=800..1600
    streams.append(stream)  # EXPECT leak


def write_and_drop(number):
    stream = io.BytesIO()  # EXPECT fine blocks=..3
    stream.write(bytes(900))  # EXPECT fine blocks=..3
    return stream.getvalue()


def answer(number):
    for n in range(50):
        text = f"{number * n} of {number}"
    return text


for number in range(800):
    write(number)
    write_and_drop(number)
    answer(number)
