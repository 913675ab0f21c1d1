# SPDX-License-Identifier: GPL-3.0-or-later
"""The interpreters of this machine, and what memtop and tracemalloc say of a script."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

MEMTOP = os.path.abspath(os.environ.get("MEMTOP", "build/memtop"))
KNOWN = [(3, minor) for minor in range(8, 16)]

class Skip(Exception):
    """There is nothing to test with."""


def version_of(python):
    said = subprocess.run([python, "-V"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    found = re.match(rb"Python (\d+)\.(\d+)\.\d+$", said.stdout.strip())
    return (int(found[1]), int(found[2])) if found and said.returncode == 0 else None


def paths():
    """Where an interpreter may be: MEMTOP_PYTHONS (a list like PATH), Debian's, pyenv's, PATH."""
    root = os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv"))
    yield from filter(None, os.environ.get("MEMTOP_PYTHONS", "").split(":"))
    yield "/usr/bin/python3"
    yield from sorted(glob.glob(root + "/versions/3.*/bin/python3"))
    yield from filter(None, (shutil.which("python%d.%d" % version) for version in KNOWN))


def each_python():
    """Those of the known versions, as (path, version); of a version in PATH only if no other is."""
    found = {}
    for path in paths():
        version = version_of(path) if os.access(path, os.X_OK) else None
        known = os.path.basename(path) != "python3" and version in found.values()
        if version in KNOWN and not known:
            found[path] = version
    for version in sorted(set(KNOWN) - set(found.values())):
        print("no python%d.%d is here: not tested" % version)
    if not found:
        raise Skip("no python3 of 3.8 to 3.15 is here")
    return list(found.items())


def environment(**more):
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "MEMTOP"))}
    return dict(keep, PYTHONHASHSEED="0", PYTHONDONTWRITEBYTECODE="1", **more)


def has_module(python, name):
    return subprocess.run([python, "-c", "import " + name], stderr=subprocess.DEVNULL,
                          env=environment()).returncode == 0


def record(command, output, *options, **more):
    """Runs it under memtop; what subprocess.run gives."""
    return subprocess.run([MEMTOP, "record", "--quiet", "--force", "-o", output] + list(options) +
                          ["--"] + command, env=environment(**more), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)


def report(recording, *options):
    """memtop's JSON of it."""
    text = subprocess.run([MEMTOP, "report", recording, "--json"] + list(options), check=True,
                          stdout=subprocess.PIPE).stdout
    return json.loads(text)


def memtop_lines(python, script, *options, **more):
    """{(file, line): (bytes, blocks)} of the python domain, when the script calls at_end()."""
    with tempfile.TemporaryDirectory() as folder:
        output = os.path.join(folder, "run.memtop")
        done = record([python, script], output, *options, **more)
        if done.returncode:
            raise AssertionError("%s %s: %d: %s" % (python, script, done.returncode, done.stdout))
        said = report(output + "@end", "--limit=0", "--filter=domain=python", "--raw")
    if said["lost"]:
        raise AssertionError("lost %d" % said["lost"])
    return {(row["traceback"][0]["file"], row["traceback"][0]["line"]): (row["size"], row["count"])
            for row in said["statistics"] if row["count"]}


def tracemalloc_lines(python, script):
    with tempfile.TemporaryDirectory() as folder:
        lines = os.path.join(folder, "lines")
        subprocess.run([python, script], check=True, env=environment(LINES=lines))
        with open(lines) as said:
            return {(file, line): (size, count) for file, line, size, count in json.load(said)}


def libraries(pythons):
    """(libpython, its home) of each of these (python, version) that has one."""
    for python, version in pythons:
        home = os.path.dirname(os.path.dirname(os.path.realpath(python)))
        for folder in ("lib", "lib64", "lib/x86_64-linux-gnu"):
            library = "%s/%s/libpython%d.%d.so.1.0" % ((home, folder) + version)
            if os.path.exists(library):
                yield library, home


def run(main):
    """Ends the program as main says; 77, a skip, with its reason."""
    try:
        sys.exit(main())
    except Skip as skip:
        print(skip)
        sys.exit(77)
