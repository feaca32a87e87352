# SPDX-License-Identifier: MIT
"""The CPython interpreters of this machine, and programs for them."""
import functools
import os
import pathlib
import pwd
import re
import sqlite3
import subprocess

from harness import new_folder, skip, tenure

VERSIONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15")  # that a table of the recorder knows
SYSTEM = "/usr/bin/python3"
HOME = pwd.getpwuid(os.getuid()).pw_dir  # tests have another one in their environment
FOLDERS = ("/usr/bin", "/usr/local/bin", HOME + "/.pyenv/versions/*/bin")


def number_of(version):
    """To compare versions by: 3.9 is less than 3.10."""
    return tuple(int(part) for part in version.split("."))


def version_of(python):
    done = subprocess.run([python, "-c", "import sys; print(sys.hexversion)"], check=False,
                          capture_output=True)
    return int(done.stdout) if done.returncode == 0 else 0


@functools.lru_cache(None)
def interpreters():
    """The first interpreter found of each minor version; the distribution's own comes first."""
    found = {}
    for folder in FOLDERS:
        for path in sorted(pathlib.Path("/").glob(folder.lstrip("/") + "/python3.*")):
            named = re.fullmatch(r"python(3\.\d+)", path.name)
            if named and named[1] not in found and version_of(path):
                found[named[1]] = str(path)
    return found


def need_python(version):
    python = interpreters().get(version)
    if not python:
        skip(f"no python{version} in /usr/bin, /usr/local/bin or ~/.pyenv/versions")
    return python


def shared_library(version):
    """Of an interpreter that need_python() has; Debian's are in a package of their own."""
    python = pathlib.Path(need_python(version)).resolve()
    for path in (python.parent.parent / "lib").glob(f"**/libpython{version}.so.1.0"):
        return str(path)
    skip(f"python{version} has no shared library")


def write(text, name="program.py"):
    path = new_folder() / name
    path.write_text(text)
    return str(path)


def database(trace):
    """The report as tables; of thousands of call stacks much faster than as JSON."""
    path = new_folder() / "report.sqlite"
    tenure("export", trace.path, "-o", path)
    return sqlite3.connect(path)


def stack_of(tables, site):
    """As (function, file, line), outermost first."""
    return tables.execute("select function, file, line from stacks join frames on frame = frames.id "
                          "where site = ? order by depth desc", (site,)).fetchall()


def last_part(function):
    """What traceback calls it: names are qualified since 3.11."""
    return function if function.startswith("<") else function.rpartition(".")[2]
