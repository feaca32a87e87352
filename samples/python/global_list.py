# SPDX-License-Identifier: MIT
# Sessions are put on a list and never taken off.


class Session:
    __slots__ = ("number", "user")

    def __init__(self, number):
        self.number = number
        self.user = "user %05d" % number  # EXPECT leak class=str blocks=2000 bytes=2000*51..2000*60


sessions = []


def log_in(number):
    # EXPECT leak class=Session blocks=2000..2005 bytes=2000*48..2005*48 held=sessions
    session = Session(number)
    sessions.append(session)  # EXPECT leak blocks=1..2 bytes=16000..20000 held=sessions


def answer(number):
    return sum([float(n) for n in range(50)]) + number


for request in range(2000):  # EXPECT leak class=int blocks=1740..1760 bytes=1740*28..1760*32
    log_in(request)
    answer(request)
