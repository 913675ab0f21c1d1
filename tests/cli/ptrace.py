#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that was started without memtop: a tracer is put into it, says what was
allocated since, to the byte, and is let out again, under threads that allocate, open
libraries, fork and take signals all the time; nothing of memtop's runs in it then.

    tests/cli/ptrace.py                     the test
    ATTACHES=1000 KILLS=200 tests/cli/ptrace.py     as often (SEED=N repeats the kills)"""
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading

MEMTOP = os.path.abspath(os.environ.get("MEMTOP", "build/memtop"))
B = os.path.abspath(os.environ.get("B", "build"))
WORKER = os.path.join(B, "tests/workers/late")
ATTACHES = int(os.environ.get("ATTACHES", "8"))
KILLS = int(os.environ.get("KILLS", "8"))
SEED = int(os.environ.get("SEED", random.randrange(1 << 30)))
PATIENCE = 60


def fail(what):
    print("FAIL (SEED=%d):" % SEED, what)
    sys.exit(1)


def same(got, want, what):
    if got != want:
        fail("%s: %r, not %r" % (what, got, want))


class Program:
    def __init__(self, *arguments, command=(WORKER,), **options):
        self.process = subprocess.Popen([*command, *arguments], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)
        self.pid = int(self.process.stdout.readline().split()[1])

    def ask(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        same(self.process.stdout.readline(), "done 0\n", word)

    def end(self):
        self.process.stdin.write("quit\n")
        self.process.stdin.close()
        same(self.process.wait(PATIENCE), 0, "the program's status")

    def maps(self):
        with open("/proc/%d/maps" % self.pid, encoding="utf-8") as file:
            return file.readlines()

    def page(self):
        """The words of its standby page: wanted and answered; zeros without one."""
        for line in self.maps():
            if "/memtop-standby." in line:
                with open("/proc/%d/root%s" % (self.pid, line.split()[-1]), "rb") as file:
                    page = file.read(256)
                return struct.unpack_from("I", page, 64)[0], struct.unpack_from("I", page, 196)[0]
        return 0, 0

    def descriptors(self):
        return sorted(os.listdir("/proc/%d/fd" % self.pid))


def attach(program):
    program.before = program.page()[0]
    return subprocess.Popen([MEMTOP, "record", "--quiet", "--force", "-o", "r.memtop",
                             "--attach=%d" % program.pid], stderr=subprocess.PIPE, text=True)


def traced(program, recorder):
    """Until its tracer has answered the call."""
    while True:
        wanted, answered = program.page()
        if wanted not in (0, program.before) and wanted == answered:
            return
        if recorder.poll() is not None:
            fail("record ended: %r" % recorder.stderr.read())
        program.ask("tick")


def detach(recorder, how=signal.SIGTERM):
    recorder.send_signal(how)
    same(recorder.communicate(timeout=PATIENCE)[1], "", "what record says")
    same(recorder.returncode, 0, "record's status")


def report(*options):
    return json.loads(subprocess.check_output([MEMTOP, "report", "--json", "--by=function",
                                               *options, "r.memtop"]))


def kept(document):
    """False: on a machine that stood still events were lost, which is said, and counted."""
    same(document["unknown_frees"], 0, "unknown frees")
    if document["lost"]:
        return False
    same([(row["size"], row["count"]) for row in document["statistics"]], [(100000, 1000)],
         "what keep holds")
    return True


def hooked(program):
    """The program's own words that lead into the library: none, once it is let out."""
    ours = [line.split()[0].split("-") for line in program.maps() if "libmemtop.so" in line]
    low, high = int(ours[0][0], 16), int(ours[-1][1], 16)
    count = 0
    with open("/proc/%d/mem" % program.pid, "rb", buffering=0) as memory:
        for line in program.maps():
            part = line.split()
            start, end = (int(x, 16) for x in part[0].split("-"))
            if len(part) < 6 or not part[5].startswith("/") or low <= start < high or \
                    not any(name in part[5] for name in ("/late", "/libc.so", "/ld-linux")):
                continue
            memory.seek(start)
            text = memory.read(end - start)
            words = struct.unpack("%dQ" % (len(text) // 8), text)
            # ld.so's own lists of modules lead to what it has mapped, data and all.
            code = [line.split()[0].split("-") for line in program.maps()
                    if "libmemtop.so" in line and "r-xp" in line][0]
            count += sum(int(code[0], 16) <= word < int(code[1], 16) for word in words
                         if not part[1].startswith("rw") or "ld-linux" not in part[5])
    return count


def exact():
    program = Program("0")
    before = program.descriptors()
    for turn in range(3):
        recorder = attach(program)
        traced(program, recorder)
        program.ask("keep")
        if turn == 0:
            program.ask("old")
        detach(recorder)
        document = report("--filter=function = keep")
        kept(document)
        if turn == 0:
            same(document["before_attach"]["frees"], 1000, "older blocks freed")
            if document["before_attach"]["bytes"] < 77000:
                fail("bytes of before: %r" % document["before_attach"])
        program.ask("drop")
        same(program.descriptors(), before, "descriptors")
        same([line for line in program.maps() if "memfd:memtop" in line], [], "segments")
        same(hooked(program), 0, "words that lead to the library")
    program.end()


def again_and_again():
    program = Program("8", "storm")
    left = None
    exact_turns = 0
    for turn in range(ATTACHES):
        recorder = attach(program)
        traced(program, recorder)
        program.ask("keep")
        detach(recorder, signal.SIGTERM if turn % 2 else signal.SIGINT)
        exact_turns += kept(report("--filter=function = keep"))
        program.ask("drop")
        if turn == 1:
            left = len(program.maps()), program.descriptors()
    if not exact_turns:
        fail("events were lost each time")
    # A thread may be about to open a library.
    if len(program.maps()) > left[0] + 12:
        fail("%d mappings after %d times, %d after two" % (len(program.maps()), ATTACHES, left[0]))
    if len(program.descriptors()) > len(left[1]) + 1:
        fail("descriptors: %r, and %r after two" % (program.descriptors(), left[1]))
    program.end()


def children(pid):
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid), encoding="utf-8") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def killed():
    """All of memtop dies at any moment of attaching and detaching."""
    moments = random.Random(SEED)
    program = Program("4", "storm")
    for _ in range(KILLS):
        recorder = attach(program)
        wait = moments.random() * 0.12
        leaving = moments.random() < 0.4
        if leaving:
            traced(program, recorder)
            recorder.send_signal(signal.SIGTERM)
            wait /= 4
        timer = threading.Event()
        timer.wait(wait)
        for pid in [*children(recorder.pid), recorder.pid]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        recorder.communicate(timeout=PATIENCE)
        program.ask("keep")
        program.ask("drop")
    recorder = attach(program)
    traced(program, recorder)
    program.ask("keep")
    detach(recorder)
    kept(report("--filter=function = keep"))
    program.end()


def refused(text, pid, prefix=(), before=None):
    done = subprocess.run([*prefix, MEMTOP, "record", "-o", "r.memtop", "--force",
                           "--attach=%d" % pid], stderr=subprocess.PIPE, text=True,
                          timeout=PATIENCE)
    if text not in done.stderr or done.stderr.count("\n") != 1 or done.returncode != 126:
        fail("%r: status %d, %r" % (text, done.returncode, done.stderr))
    if before is not None:
        with open("/proc/%d/maps" % pid, encoding="utf-8") as file:
            same(file.readlines(), before, "mappings of who was refused")


def compiled(name, source, *flags):
    with open(name + ".c", "w", encoding="ascii") as file:
        file.write(source)
    return subprocess.run(["cc", "-o", name, name + ".c", *flags],
                          stderr=subprocess.DEVNULL).returncode == 0


PLAIN = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <linux/seccomp.h>
#include <linux/filter.h>
int main(int argc, char **argv)
{
	struct sock_filter all = { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW };
	struct sock_fprog program = { 1, &all };
	char line[64];

	if (argc > 1 && !strcmp(argv[1], "undumpable"))
		prctl(PR_SET_DUMPABLE, 0);
	if (argc > 1 && !strcmp(argv[1], "seccomp")) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
	}
	printf("ready %d\n", (int)getpid());
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin) && strcmp(line, "quit\n"))
		puts("done 0"), fflush(stdout);
	return 0;
}
"""


def each_refused(command, text, prefix=()):
    program = Program(command=command)
    refused(text, program.pid, prefix, None if prefix else program.maps())
    program.ask("tick")
    program.end()


def refusals():
    if not compiled("plain", PLAIN):
        fail("no compiler")
    if compiled("static", PLAIN, "-static"):
        each_refused(["./static"], "it is statically linked")
    if compiled("asan", PLAIN, "-fsanitize=address"):
        each_refused(["./asan"], "is built with AddressSanitizer")
    if compiled("m32", PLAIN, "-m32"):
        each_refused(["./m32"], "it is a 32-bit program")
    if shutil.which("musl-gcc"):
        subprocess.check_call(["musl-gcc", "-o", "musl", "plain.c", "-idirafter", "/usr/include",
                               "-idirafter", "/usr/include/x86_64-linux-gnu"])
        each_refused(["./musl"], "is linked with musl")
    each_refused(["./plain", "seccomp"], "it runs under a seccomp filter")
    shutil.copy("plain", "setuid")
    os.chmod("setuid", 0o4755)
    each_refused(["./setuid"], "set-user-ID")
    each_refused([MEMTOP, "record", "--quiet", "--force", "-o", "other.memtop", "./plain"],
                 "a tracer of memtop's is in it already")
    program = Program(command=["./plain"])
    os.kill(program.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, program.pid, os.WSTOPPED)
    refused("it is stopped", program.pid)
    os.kill(program.pid, signal.SIGCONT)
    program.end()
    by_debugger()
    by_others()
    refused("there is no such process", 2147483647)


def by_debugger():
    if not shutil.which("gdb"):
        return
    program = Program(command=["./plain"])
    debugger = subprocess.Popen(["gdb", "-q", "-nx", "-p", str(program.pid), "-ex", "echo here\\n"],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True)
    while "here" not in debugger.stdout.readline():
        pass
    refused("another program traces it already: gdb", program.pid)
    debugger.communicate("detach\nquit\n", timeout=PATIENCE)
    program.ask("tick")
    program.end()


def by_others():
    """Another user, and root of a user namespace that is not the program's."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        return
    os.chmod(".", 0o777)
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    each_refused([*nobody, "./plain"], "who may not come to this memtop")
    each_refused([*nobody, "./plain", "undumpable"], "it can't be looked into", nobody)
    each_refused(["./plain"], "it belongs to another user (0)",
                 ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"])
    inside = ["unshare", "--user", "--map-root-user"]
    if subprocess.run([*inside, "true"], stderr=subprocess.DEVNULL).returncode == 0:
        each_refused(["./plain"], "or be in another user namespace", inside)


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["XDG_CACHE_HOME"] = folder
        os.environ.pop("XDG_RUNTIME_DIR", None)
        refusals()
        exact()
        again_and_again()
        killed()


main()
