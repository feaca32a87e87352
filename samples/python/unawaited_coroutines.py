# SPDX-License-Identifier: MIT
# Coroutines are put aside to be awaited, which never happens.
import warnings

warnings.simplefilter("ignore")
waiting = []


async def send(payload):  # EXPECT leak python=3.11- class=coroutine blocks=1200..1205
    return len(payload)


def enqueue(number):
    payload = bytes(200)  # EXPECT leak class=bytes blocks=1200 bytes=1200*233
    # EXPECT leak class=coroutine python=-3.10 blocks=1200..1205
    # EXPECT leak python=3.11-
    waiting.append(send(payload))


def send_now(number):
    try:
        send(bytes(210)).send(None)
    except StopIteration:
        pass


def answer(number):
    for n in range(50):
        text = f"{number * n} of {number}"
    return text


for number in range(1200):
    enqueue(number)
    send_now(number)
    answer(number)
