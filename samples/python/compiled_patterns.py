# SPDX-License-Identifier: MIT
# More patterns than the cache of module re has room for: it drops some.
# EXPECT clean
import re

for number in range(1300):
    re.match("a%d" % number, "a1")
