# SPDX-License-Identifier: MIT
# Objects that are only known by weak references, with callbacks, go as soon as nobody has them.
# EXPECT clean
import weakref


class Image:
    __slots__ = ("pixels", "__weakref__")


images = weakref.WeakValueDictionary()
closed = []


def load(number):
    image = Image()  # EXPECT fine blocks=..4
    image.pixels = bytes(300)  # EXPECT fine class=bytes blocks=..1
    images[number] = image
    reference = weakref.ref(image, lambda gone: closed.__setitem__(slice(None), [number]))
    del image
    return reference


for number in range(3000):
    load(number)
