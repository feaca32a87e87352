# SPDX-License-Identifier: MIT
# Each of many threads has something of its own, which goes with it; the main thread collects.
import threading

own = threading.local()


def work(number):
    own.buffer = bytes(2000)  # EXPECT fine blocks=..5


def serve(number):
    thread = threading.Thread(target=work, args=(number,))
    thread.start()
    thread.join()
    own.__dict__.setdefault("served", []).append(bytes(50))  # EXPECT leak


for number in range(300):
    serve(number)
