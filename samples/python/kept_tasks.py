# SPDX-License-Identifier: MIT
# Tasks are kept in a set so that nobody collects them, and not taken out when they are done.
import asyncio

tasks = set()


async def fetch(number):  # EXPECT leak python=3.11-
    await asyncio.sleep(0)
    return bytes(500)  # EXPECT leak class=bytes blocks=1500 bytes=1500*533


def answer(number):
    for n in range(100):
        text = f"{number * n} of {number}"
    return text


async def main():
    for number in range(1500):
        task = asyncio.ensure_future(fetch(number))  # EXPECT leak
        tasks.add(task)  # EXPECT any blocks=1
        await task
        answer(number)


asyncio.run(main())
