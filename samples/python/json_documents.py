# SPDX-License-Identifier: MIT
# Documents are decoded; of every second one a part is kept.
import json

TEXT = '{"name": "%05d", "values": [1.5, 2.5, 3.5], "more": {"comment": "%s"}}'
kept = []


def decode(number):
    return json.loads(TEXT % (number, "x" * 30))  # EXPECT leak


def handle(number):
    document = decode(number)
    if number % 2:
        kept.append(document["more"])  # EXPECT leak


def drop(number):
    json.loads(TEXT % (number, "y" * 30))  # EXPECT fine


for number in range(2000):
    handle(number)
    drop(number)
