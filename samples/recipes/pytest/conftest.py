# SPDX-License-Identifier: MIT
# For projects that are tested by pytest: copy this into the folder of the tests.
#
#	tenure check -- python3 -m pytest
#	tenure check --only='*/mymodule*' -- python3 -m pytest
#
# Everything runs in one process, so the gate needs no more than one of these lines; the second is for
# modules in C. What stands here marks where each test begins: findings then tell which test the
# memory was left behind by. Without tenure it does nothing.
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
