# SPDX-License-Identifier: MIT
# Settings, a subclass of dict, are made for each user and kept.


class Settings(dict):
    __slots__ = ()


users = []


def log_in(number):
    settings = Settings()  # EXPECT leak class=Settings blocks=1500..1505 held=users
    settings["colour"] = bytes(30)  # EXPECT leak
    users.append(settings)  # EXPECT leak


def forget(number):
    settings = Settings()  # EXPECT fine blocks=..3
    settings["colour"] = None


def answer(number):
    for n in range(50):
        text = f"{number * n} of {number}"
    return text


for number in range(1500):
    log_in(number)
    forget(number)
    answer(number)
