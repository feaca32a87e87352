# SPDX-License-Identifier: MIT
# Orders are remembered by their number and never forgotten.


class Order:
    def __init__(self, number):
        self.amount = number * 1.5  # EXPECT leak
        self.note = bytes(100)  # EXPECT leak class=bytes blocks=2000..2001 bytes=2000*133..2001*133


orders = {}


def take(number):
    # 3.11 and 3.12 have the attributes in a block beside the object.
    # EXPECT leak class=Order blocks=2000..2005 python=-3.10 held=orders
    # EXPECT leak class=Order blocks=4000..4005 python=3.11-3.12 held=orders
    # EXPECT leak class=Order blocks=2000..2005 python=3.13 held=orders
    order = Order(number)
    orders["order %05d" % number] = order  # EXPECT leak blocks=2001..2002


def price(number):
    return sorted([number * n % 17 for n in range(40)])[0]


for number in range(2000):
    take(number)
    price(number)
