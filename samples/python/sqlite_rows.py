# SPDX-License-Identifier: MIT
# Rows of a database: of one query they are kept, of another they are not.
# EXPECT needs sqlite3
import sqlite3

database = sqlite3.connect(":memory:")
database.execute("create table words (word text)")
database.executemany("insert into words values (?)", [("word %05d" % n,) for n in range(40)])
kept = []


def select(number):
    kept.extend(database.execute("select word from words"))  # EXPECT leak


def select_and_drop(number):
    return len(database.execute("select word from words").fetchall())  # EXPECT fine


for number in range(100):
    select(number)
    select_and_drop(number)
