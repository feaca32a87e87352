# SPDX-License-Identifier: MIT
# Documents and their paragraphs point to each other, while the garbage collector is off.
import gc

gc.disable()


class Document:
    __slots__ = ("paragraphs",)


class Paragraph:
    __slots__ = ("document",)


def parse():
    document = Document()  # EXPECT leak class=Document blocks=1000 bytes=1000*40 garbage=980..1000
    paragraph = Paragraph()  # EXPECT leak class=Paragraph blocks=1000 bytes=1000*40 garbage=980..1000
    document.paragraphs = (paragraph,)  # EXPECT leak class=tuple blocks=980..1000 garbage=970..1000
    paragraph.document = document


def answer(number):
    for n in range(50):
        text = f"{number * n} of {number}"
    return text


for number in range(1000):
    parse()
    answer(number)
