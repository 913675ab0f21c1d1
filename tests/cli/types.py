#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""C++ objects get their types from a process that tells what is where: as it is built here, with
symbols stripped and hidden, without type_info, at -O0 and with clang, without position independence, and with
the C++ runtime linked in."""
import os
import shutil
import subprocess
import sys
import tempfile

BUILD = os.environ.get("B", "build")
TYPED = os.path.join(BUILD, "tests", "cli", "typed")
SOURCE = "tests/preload/workers/typed.cc"
VARIANTS = [
    ("gcc, stripped", "g++", ["-O2", "-s", "-fvisibility=hidden", "-DNDEBUG"]),
    ("gcc, no PIE", "g++", ["-O0", "-no-pie", "-s"]),
    ("gcc, not relocated read-only", "g++", ["-O2", "-Wl,-z,norelro", "-s"]),
    ("gcc, runtime linked in", "g++", ["-O2", "-static-libstdc++", "-static-libgcc", "-s"]),
    # By the symbols of their tables.
    ("gcc, without type_info", "g++", ["-O2", "-fno-rtti"]),
    ("clang, without type_info, not relocated read-only", "clang++",
     ["-O0", "-fno-rtti", "-Wl,-z,norelro"]),
    ("clang, stripped", "clang++", ["-O2", "-s"]),
]


def look(worker, name):
    """What the looks say and what was to be said, as one list each."""
    run = subprocess.Popen([worker], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        told = []
        for line in iter(run.stdout.readline, "end\n"):
            if not line:
                raise AssertionError("%s ended early" % name)
            told.append(line.rstrip("\n").split(" ", 2))
        found = subprocess.run([TYPED, str(run.pid)], text=True, capture_output=True,
                               input="".join("%s %s\n" % (at, size) for at, size, _ in told))
        if found.returncode:
            print(found.stderr, end="")
            sys.exit(77 if "ptrace" in found.stderr else 1)
        said = dict(line.split(" ", 2)[::2] for line in found.stdout.splitlines())
    finally:
        run.stdin.close()
        status = run.wait()
    wrong = [(what, said.get(at)) for at, _, what in told if said.get(at) != what]
    for what, instead in wrong:
        print("%s: %s was found as %s" % (name, what, instead))
    if status or len(told) < 18:
        print("%s: status %d, %d blocks" % (name, status, len(told)))
    return not wrong and status == 0 and len(told) >= 18


def main():
    good = look(os.path.join(BUILD, "tests", "workers", "typed"), "as it is built here")
    with tempfile.TemporaryDirectory() as folder:
        worker = os.path.join(folder, "typed")
        for name, compiler, flags in VARIANTS:
            if not shutil.which(compiler):
                print("no %s: not tested" % compiler)
                continue
            build = subprocess.run([compiler, "-std=c++17"] + flags + ["-o", worker, SOURCE],
                                   capture_output=True, text=True)
            if build.returncode:
                print("%s: not built: %s" % (name, build.stderr.splitlines()[-1:]))
                continue
            good = look(worker, name) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
