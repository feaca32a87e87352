# SPDX-License-Identifier: MIT
"""What the lint scripts share: the files of the repository, and how to end.

A lint script takes the build folder as its argument (default: build), says what it checks, prints
one line for every offence, and exits 1 if there are any, 77 if it cannot run here.
"""
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SKIPPED = 77
HIDDEN = {".git", "build", "__pycache__", "node_modules"}


def build_folder():
    return pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build").resolve()


def repository_files():
    """Paths, relative to the root, of what is in the repository or about to be."""
    listing = None
    if (ROOT / ".git").exists() and shutil.which("git"):
        listing = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, check=False)
    if listing and listing.returncode == 0:
        names = set(os.fsdecode(listing.stdout).split("\0")) - {""}
        return sorted(path for path in map(pathlib.Path, names) if (ROOT / path).is_file())
    # A source package has no history to ask.
    paths = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return sorted(path for path in paths if not HIDDEN & set(path.parts))


def sources(*suffixes):
    return [path for path in repository_files() if path.suffix in suffixes]


def read(path):
    return (ROOT / path).read_text(encoding="utf-8", errors="surrogateescape")


def read_list(name):
    """Entries of a list beside the scripts, with their reasons: "entry  # reason"."""
    entries = {}
    for line in (ROOT / "tests" / "lint" / name).read_text(encoding="utf-8").splitlines():
        entry, _, reason = line.partition("#")
        if entry.strip():
            entries[entry.strip()] = reason.strip()
    return entries


def command_output(*command):
    """Standard output of a command that must succeed."""
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False, text=True)
    if done.returncode:
        sys.exit(f"failed with status {done.returncode}: {' '.join(map(str, command))}")
    return done.stdout


def skip(reason):
    print(reason)
    sys.exit(SKIPPED)


def finish(what, problems):
    for problem in problems:
        print(problem)
    print(f"{what}: " + (f"{len(problems)} wrong" if problems else "ok"))
    sys.exit(1 if problems else 0)
