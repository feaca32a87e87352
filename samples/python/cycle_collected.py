# SPDX-License-Identifier: MIT
# The same with the garbage collector at work: what waits for it is never much.
# EXPECT clean


class Document:
    __slots__ = ("paragraphs",)


class Paragraph:
    __slots__ = ("document",)


def parse():
    document = Document()  # EXPECT fine blocks=..2000
    paragraph = Paragraph()  # EXPECT fine blocks=..2000
    document.paragraphs = [paragraph]
    paragraph.document = document


for number in range(10000):
    parse()
