# SPDX-License-Identifier: MIT
# Of each batch of documents one is kept: a small leak that keeps large arenas from going back.


class Document:
    __slots__ = ("text", "owner")


kept = []


def batch(number):
    # EXPECT leak class=Document blocks=25..30 bytes=25*48..30*48
    documents = [Document() for _ in range(4000)]
    kept.append(documents[2000])


for number in range(25):
    batch(number)
