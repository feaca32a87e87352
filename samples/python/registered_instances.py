# SPDX-License-Identifier: MIT
# Every object enters itself into a list of its class.


class Window:
    __slots__ = ("title",)
    instances = []

    def __init__(self, title):
        self.title = title
        Window.instances.append(self)  # EXPECT leak blocks=1..2 bytes=12000..20000


def open_window(number):
    title = "window %05d" % number  # EXPECT leak class=str blocks=2000 bytes=2000*53..2000*62
    Window(title)  # EXPECT leak class=Window blocks=2000..2005 bytes=2000*40..2005*40


def answer(number):
    for n in range(50):
        text = f"{number * n} of {number}"
    return text


for number in range(2000):
    open_window(number)
    answer(number)
