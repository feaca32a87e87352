# SPDX-License-Identifier: MIT
# Objects make the way through pickle and back, and are dropped.
# EXPECT clean
import pickle


class Job:
    def __init__(self, number):
        self.number = number
        self.arguments = [number, "text %d" % number]


for number in range(1500):
    pickle.loads(pickle.dumps(Job(number)))
