# SPDX-License-Identifier: MIT
# Every view listens to the model and goes on doing so after it was closed.


class Model:
    def __init__(self):
        self.listeners = []

    def listen(self, listener):
        self.listeners.append(listener)  # EXPECT leak blocks=1..2 bytes=8000..14000


class View:
    __slots__ = ("pixels",)

    def __init__(self):
        self.pixels = bytearray(250)  # EXPECT leak class=bytearray blocks=2800 bytes=1400*307..1400*316

    def update(self):
        pass


model = Model()


def show(number):
    view = View()  # EXPECT leak class=View blocks=1400..1405 bytes=1400*40..1405*40
    model.listen(view.update)  # EXPECT leak class=method blocks=1370..1401


def answer(number):
    for n in range(50):
        text = f"{number * n} of {number}"
    return text


for number in range(1400):
    show(number)
    answer(number)
