# SPDX-License-Identifier: MIT
# Strings that grow by pieces and are dropped.
# EXPECT clean


def build(number):
    text = ""
    for piece in range(30):
        text += "%d," % piece
    return ";".join([text, text])


for number in range(1500):
    build(number)
