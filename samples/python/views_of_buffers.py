# SPDX-License-Identifier: MIT
# A view of ten bytes keeps its whole buffer; a copy of them does not.

views = []
copies = []


def receive():
    return bytes(2000)  # EXPECT leak class=bytes blocks=800 bytes=800*2033


def keep_view(number):
    views.append(memoryview(receive())[10:20])  # EXPECT leak class=memoryview


def receive_another():
    return bytes(3000)  # EXPECT fine blocks=..1


def keep_copy(number):
    copy = receive_another()[10:20]  # EXPECT leak class=bytes blocks=800 bytes=800*43
    copies.append(copy)  # EXPECT leak


def answer(number):
    for n in range(50):
        text = f"{number * n} of {number}"
    return text


for number in range(800):
    keep_view(number)
    keep_copy(number)
    answer(number)
