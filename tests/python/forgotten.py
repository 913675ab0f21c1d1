#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an extension in C forgets to give back, and cycles that nobody collects, are lost at the line
of Python that is to blame, and nothing else is: with 3.8 to 3.13.  RUNS=20 looks at so many runs.

Words that were left over in objects may hold a few of Python's own; malloc's are exact."""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from pythons import MEMTOP, Skip, each_python, environment, report, run

CC = os.environ.get("CC", "gcc").split()
MODULE = r'''
#include <Python.h>
#include <string.h>
/* A reference too many, which nobody gives back. */
static PyObject *keep_reference(PyObject *self, PyObject *argument)
{
	Py_INCREF(argument);
	Py_RETURN_NONE;
}
static PyObject *make_bytes(PyObject *self, PyObject *unused)
{
	PyObject *made = PyBytes_FromStringAndSize(NULL, 1000);
	memset(PyBytes_AS_STRING(made), 0, 1000);
	Py_RETURN_NONE;                         /* without Py_DECREF(made) */
}
static PyObject *make_block(PyObject *self, PyObject *unused)
{
	memset(malloc(3000), 0, 3000);          /* without free() */
	Py_RETURN_NONE;
}
static void *kept[1000];
static PyObject *keep_block(PyObject *self, PyObject *unused)
{
	static int number;
	kept[number++] = memset(malloc(700), 0, 700);
	Py_RETURN_NONE;
}
static PyObject *scrub(PyObject *self, PyObject *unused)
{
	volatile char room[262144];
	memset((void *)room, 0, sizeof room);
	__asm__ volatile("" : : "r"(room) : "memory");
	Py_RETURN_NONE;
}
static PyMethodDef methods[] = {
	{ "keep_reference", keep_reference, METH_O, NULL },
	{ "make_bytes", make_bytes, METH_NOARGS, NULL },
	{ "make_block", make_block, METH_NOARGS, NULL },
	{ "keep_block", keep_block, METH_NOARGS, NULL },
	{ "scrub", scrub, METH_NOARGS, NULL },
	{ NULL, NULL, 0, NULL },
};
static struct PyModuleDef module = { PyModuleDef_HEAD_INIT, "forgetful", NULL, -1, methods };
PyMODINIT_FUNC PyInit_forgetful(void) { return PyModule_Create(&module); }
'''
# What is lost stands behind the line that makes it: blocks, bytes.
APP = '''
import gc, os, forgetful
gc.disable()
class Pair:
    __slots__ = ("other",)
def lose():
    for i in range(100):
        one = Pair()                    # 100 4000
        two = Pair()                    # 100 4000
        one.other = two
        two.other = one
    for i in range(50):
        forgetful.keep_reference(Pair())        # 50 2000
    for i in range(30):
        forgetful.make_bytes()          # 30 30990
    for i in range(20):
        forgetful.make_block()          # 20 60000
CACHE = []
def hold():
    for i in range(40):
        CACHE.append(Pair())
        forgetful.keep_block()
def closing(kept):
    return lambda: kept
def deep(n, then):
    return deep(n - 1, then) if n else then()
deep(40, lose)
hold()
closure = closing([Pair() for i in range(10)])
deep(50, int)
forgetful.scrub()
os.write(1, b".")
os.read(0, 1)
'''


def truth():
    lines = enumerate(APP.splitlines(), 1)
    return {number: tuple(int(word) for word in text.split("# ")[1].split())
            for number, text in lines if "# " in text}


def build(python, folder):
    include = subprocess.run([python, "-c", "import sysconfig; print(sysconfig.get_path('include'))"],
                             stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    if not os.path.exists(os.path.join(include, "Python.h")):
        return False
    source = os.path.join(folder, "forgetful.c")
    for path, text in ((source, MODULE), (os.path.join(folder, "app.py"), APP)):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    subprocess.run(CC + ["-g", "-O0", "-w", "-shared", "-fPIC", "-I" + include, "-o",
                         os.path.join(folder, "forgetful.so"), source], check=True)
    return True


def lost_by_line(python, folder):
    """{line of app.py: (blocks, bytes)}; what is lost elsewhere is none of the program's."""
    output = os.path.join(folder, "run.memtop")
    traced = subprocess.Popen([MEMTOP, "record", "--quiet", "--force", "-o", output, "--", python,
                               "-S", os.path.join(folder, "app.py")], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, env=environment())
    try:
        if traced.stdout.read(1) != b".":
            raise AssertionError("%s ended early" % python)
        looked = subprocess.run([MEMTOP, "ctl", str(traced.pid), "heap", "look"], text=True,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    finally:
        traced.stdin.close()
        traced.stdout.close()
        status = traced.wait()
    if "kernel does not let" in looked.stderr:
        raise Skip(looked.stderr.strip())
    if looked.returncode or status:
        raise AssertionError("%s: %s: %d" % (python, looked.stderr, status))
    lost = {}
    for row in report(output + "@look", "--by=traceback", "--limit=0")["statistics"]:
        own = [frame["line"] for frame in row["traceback"] if (frame["file"] or "").endswith("app.py")]
        # Pointers to an object lead past the collector's header, and are no pointers to the inside.
        if own and "CACHE" in APP.splitlines()[own[-1] - 1] and row["inside"]:
            raise AssertionError("%s: %d bytes are held inside only" % (python, row["inside"]))
        if own and row["unreachable_blocks"]:
            blocks, size = lost.get(own[-1], (0, 0))
            lost[own[-1]] = (blocks + row["unreachable_blocks"], size + row["unreachable"])
    return lost


def is_right(lost):
    """As many as were lost, or a few less of those objects that many words once led to."""
    expected = truth()
    for line, (blocks, size) in expected.items():
        found = lost.get(line, (0, 0))
        least = blocks if size // blocks == 3000 else blocks - max(1, blocks // 20)
        if not least <= found[0] <= blocks or found[1] * blocks != size * found[0]:
            return False
    return not set(lost) - set(expected)


def main():
    good = True
    tried = exact = 0
    for version, python in {version: python for python, version in each_python()}.items():
        if version > (3, 13):
            continue
        with tempfile.TemporaryDirectory() as folder:
            if not build(python, folder):
                print("%s has no Python.h: not tested" % python)
                continue
            for _ in range(int(os.environ.get("RUNS", "1"))):
                tried += 1
                lost = lost_by_line(python, folder)
                exact += lost == truth()
                if not is_right(lost):
                    good = False
                    print("%s: lost are %s, not %s" % (python, lost, truth()))
    print("%d runs, %d of them exact" % (tried, exact))
    if not tried:
        raise Skip("no Python.h here")
    return 0 if good else 1


if __name__ == "__main__":
    run(main)
