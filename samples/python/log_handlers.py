# SPDX-License-Identifier: MIT
# Every request adds a handler to its logger, and none takes it away.
import logging


class Handler(logging.Handler):
    def emit(self, record):
        pass


def handle(number):
    handler = Handler()  # EXPECT leak
    logger = logging.getLogger("requests")
    logger.addHandler(handler)  # EXPECT leak
    logger.debug("request %d", number)


def answer(number):
    for n in range(100):
        text = f"{number * n} of {number}"
    return text


logging.getLogger("requests").propagate = False
for number in range(1500):
    handle(number)
    answer(number)
