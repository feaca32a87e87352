# SPDX-License-Identifier: MIT
# Objects with a finalizer that runs as each of them goes.
# EXPECT clean
import weakref


class Connection:
    pass


def close(number):
    return number + 1


def connect(number):
    connection = Connection()  # EXPECT fine blocks=..5
    weakref.finalize(connection, close, number)


for number in range(2000):
    connect(number)
