# SPDX-License-Identifier: MIT
# For projects whose Python tests drive native code: copy this into the folder of the tests.
#
#	tenure check --only='*/mymodule*' -- python3 -m pytest
#
# Everything runs in one process, so the gate needs no more than that line. What stands here marks
# where each test begins: reports then tell which test the memory was left behind by. Without
# tenure it does nothing.
import ctypes

import pytest


def _find_mark():
    mark = getattr(ctypes.CDLL(None), "tenure_mark", None)
    if mark:
        mark.argtypes = [ctypes.c_char_p]
        mark.restype = None
    return mark


_mark = _find_mark()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item, nextitem):
    if _mark:
        _mark(item.nodeid.encode())
    yield
    if _mark:
        _mark(None)
