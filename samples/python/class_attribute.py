# SPDX-License-Identifier: MIT
# A dictionary that was meant for each object is one of the class.


class Worker:
    results = {}

    def run(self, number):
        self.results[number] = bytes(80)  # EXPECT leak


def start(number):
    worker = Worker()  # EXPECT fine blocks=..10
    worker.run(number)


def answer(number):
    for n in range(50):
        text = f"{number * n} of {number}"
    return text


for number in range(2000):  # EXPECT leak class=int blocks=1740..1760
    start(number)
    answer(number)
