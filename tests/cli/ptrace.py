#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that was started without memtop: a tracer is put into it, says what was
allocated since, to the byte, and is let out again, under threads that allocate, open
libraries, fork and take signals all the time; nothing of memtop's runs in it then.

    tests/cli/ptrace.py                     the test
    ATTACHES=1000 KILLS=200 tests/cli/ptrace.py     as often (SEED=N repeats the kills)"""
import ctypes.util
import os
import platform
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
import attached                                                         # noqa: E402
from attached import (B, MEMTOP, PATIENCE, call_of, children, detach,   # noqa: E402
                      report, rows, same)

WORKER = os.path.join(B, "tests/workers/late")
ATTACHES = int(os.environ.get("ATTACHES", "4"))
KILLS = int(os.environ.get("KILLS", "4"))
SEED = int(os.environ.get("SEED", random.randrange(1 << 30)))


def fail(what):
    attached.fail("%s (SEED=%d)" % (what, SEED))


class Program(attached.Program):
    answer = "done 0\n"                 # no block or register held anything wrong

    def __init__(self, *arguments, command=(WORKER,), **options):
        super().__init__(*command, *arguments, **options)


def attach(program):
    program.before = call_of(program.pid)[0]
    return attached.attach(program.pid)


def traced(program, recorder):
    """Until its tracer has answered the call."""
    while True:
        wanted, answered = call_of(program.pid)
        if wanted not in (0, program.before) and wanted == answered:
            return
        if recorder.poll() is not None:
            fail("record ended: %r" % recorder.stderr.read())
        program.ask("tick")


def kept(document):
    """False: on a machine that stood still events were lost, which is said, and counted."""
    same(document["unknown_frees"], 0, "unknown frees")
    if document["lost"]:
        return False
    same(rows(document), [(100000, 1000)], "what keep holds")
    return True


def words_between(text, low, high):
    """How many aligned words of `text` are addresses in [low, high)."""
    count = 0
    for top in range(low >> 24, (high - 1 >> 24) + 1):
        for found in re.finditer(re.escape(struct.pack("<Q", top << 24)[3:]), text):
            at = found.start() - 3
            count += at >= 0 and at % 8 == 0 and \
                low <= struct.unpack_from("<Q", text, at)[0] < high
    return count


def hooked(program):
    """The program's own words that lead into the library: none, once it is let out."""
    code = [line.split()[0].split("-") for line in program.maps()
            if "libmemtop.so" in line and "r-xp" in line][0]
    count = 0
    with open("/proc/%d/mem" % program.pid, "rb", buffering=0) as memory:
        for line in program.maps():
            part = line.split()
            start, end = (int(x, 16) for x in part[0].split("-"))
            if len(part) < 6 or not any(name in part[5] for name in
                                        ("/late", "/libc.so", "/libc-2", "/ld-linux")):
                continue
            # ld.so's own lists of modules lead to what it has mapped.
            if part[1].startswith("rw") and "ld-linux" in part[5]:
                continue
            memory.seek(start)
            count += words_between(memory.read(end - start), *(int(x, 16) for x in code))
    return count


def protections(program):
    """Of each page of its modules: read-only after relocation stays so (RELRO)."""
    pages = {}
    for line in program.maps():
        part = line.split()
        if len(part) > 5 and part[5].startswith("/") and "memtop" not in part[5]:
            start, end = (int(x, 16) for x in part[0].split("-"))
            pages.update((page, part[1]) for page in range(start, end, 4096))
    return pages


def exact(deleted):
    """With `deleted` the program's file is gone: what is needed of it lies in memory."""
    program = Program("0", command=(shutil.copy(WORKER, "./late"),))
    if deleted:
        os.unlink("late")
    before = program.descriptors()
    protected = protections(program)
    mapped = []
    exact_turns = 0
    for turn in range(3):
        recorder = attach(program)
        traced(program, recorder)
        program.ask("keep")
        if turn == 0:
            program.ask("old")
            if not hooked(program):
                fail("no word leads to the library while it traces")
        detach(recorder)
        document = report()
        exact_turns += kept(document)
        if turn == 0:
            same(document["before_attach"]["frees"], 1000, "older blocks freed")
            if document["before_attach"]["bytes"] < 77000:
                fail("bytes of before: %r" % document["before_attach"])
        program.ask("drop")
        same(program.descriptors(), before, "descriptors")
        same([line for line in program.maps() if "memfd:memtop" in line], [], "segments")
        same(hooked(program), 0, "words that lead to the library")
        now = protections(program)
        same([page for page in protected if now.get(page) != protected[page]], [], "protections")
        mapped.append(len(program.maps()))
    same(mapped[2], mapped[0], "mappings after three times")
    if not exact_turns:
        fail("events were lost each time")
    program.end()


def ours(program):
    """Mappings that could be memtop's: of its files, and anonymous ones that are no arena of
    malloc's (64 MiB, aligned, in two parts) and no thread's stack (right above its guard),
    as the program's own threads make more of those when they like."""
    found, arena, guarded = [], 0, None
    for line in program.maps():
        part = line.split()
        start, end = (int(x, 16) for x in part[0].split("-"))
        stack = start == guarded and part[1] == "rw-p" and len(part) < 6
        guarded = end if part[1] == "---p" and end - start == 4096 and len(part) < 6 else None
        if len(part) > 5:
            if "memtop" in part[5]:
                found.append(line)
        elif stack or guarded:
            continue
        elif start % (64 << 20) == 0 or start >> 26 == arena:
            arena = start >> 26
        else:
            found.append(line)
    return found


def again_and_again():
    program = Program("8", "storm")
    left = None
    exact_turns = 0
    for turn in range(ATTACHES):
        recorder = attach(program)
        traced(program, recorder)
        program.ask("keep")
        detach(recorder, signal.SIGTERM if turn % 2 else signal.SIGINT)
        exact_turns += kept(report())
        program.ask("drop")
        if turn == 1:
            left = ours(program), program.descriptors()
    if not exact_turns:
        fail("events were lost each time")
    # A thread may be about to open a library, whose data are anonymous in part.
    now = ours(program)
    if len(now) > len(left[0]) + 2:
        fail("after %d times:\n%snot after two:\n%s" % (ATTACHES, "".join(now), "".join(left[0])))
    if len(program.descriptors()) > len(left[1]) + 1:
        fail("descriptors: %r, and %r after two" % (program.descriptors(), left[1]))
    program.end()


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
    kept(report())
    program.end()


def refused(text, pid, prefix=(), before=None):
    attached.refused(text, pid, prefix)
    if before is not None:
        with open("/proc/%d/maps" % pid, encoding="utf-8") as file:
            same(file.readlines(), before, "mappings of who was refused")


def compiled(name, source, *flags):
    with open(name + ".c", "w", encoding="ascii") as file:
        file.write(source)
    return subprocess.run(["cc", "-o", name, name + ".c", *flags, "-ldl", "-pthread"],
                          stderr=subprocess.DEVNULL).returncode == 0


PLAIN = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <linux/seccomp.h>
#include <linux/filter.h>
#include <pthread.h>
#include <sys/resource.h>
static void *serve(void *argument)
{
	char line[64];

	printf("ready %d\n", (int)getpid());
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin) && strcmp(line, "quit\n")) {
		void *volatile block = malloc(1);

		free(block);
		puts("done 0"), fflush(stdout);
	}
	return argument;
}
int main(int argc, char **argv)
{
	/* All but the call of this number, for which the program would be ended. */
	struct sock_filter filter[] = {
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0, 0 },
		{ BPF_JMP | BPF_JEQ | BPF_K, 0, 1, argc > 2 ? atoi(argv[2]) : 0x7fffffff },
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS },
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW },
	};
	struct sock_fprog program = { 4, filter };
	char line[64];

	if (argc > 1 && !strcmp(argv[1], "undumpable"))
		prctl(PR_SET_DUMPABLE, 0);
	if (argc > 1 && !strcmp(argv[1], "seccomp")) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
	}
	if (argc > 2 && !strcmp(argv[1], "data"))
		mmap((void *)0x10000000, 1 << 20, PROT_READ, MAP_SHARED,
		     open(argv[2], O_RDONLY), 0);
#ifdef LM_ID_NEWLM                      /* musl has none */
	else if (argc > 2 && !strcmp(argv[1], "space") && !dlmopen(LM_ID_NEWLM, argv[2], RTLD_NOW))
		return 2;
#endif
	if (argc > 1 && !strcmp(argv[1], "limit")) {
		struct rlimit small = { 4095, 4095 };

		setrlimit(RLIMIT_FSIZE, &small);
	}
	if (argc > 1 && !strcmp(argv[1], "leader")) {
		pthread_t thread;

		pthread_create(&thread, NULL, serve, NULL);
		pthread_exit(NULL);
	}
	for (int i = 0; argc > 1 && !strcmp(argv[1], "tls"); i++) {
		snprintf(line, sizeof(line), "./tls%d.so", i);
		if (!dlopen(line, RTLD_NOW))
			break;
	}
	serve(NULL);
	return 0;
}
"""


def each_refused(command, text, prefix=()):
    program = Program(command=command)
    refused(text, program.pid, prefix, None if prefix else program.maps())
    program.ask("tick")
    program.end()


PLUGIN = r"""
#include <stdlib.h>
void *plugin_block;
__attribute__((constructor)) static void begin(void) { plugin_block = malloc(1000); }
"""


def namespaces(command):
    """A library in a namespace of its own, from before: it is named, and the tracer is put
    where the program itself is, by the libc of which nobody else has a copy mapped."""
    if not compiled("plugin", PLUGIN, "-shared", "-fPIC"):
        fail("no library")
    program = Program("space", "./plugin", command=(*command, "./plain"))
    recorder = attach(program)
    traced(program, recorder)
    program.ask("tick")
    detach(recorder)
    # Since glibc 2.35 the loader says what is in which namespace.
    lists = [int(x) for x in platform.libc_ver()[1].split(".")[:2]] >= [2, 35]
    same(report()["unseen_library"], "plugin" if lists else "a library with a libc of its own",
         "the library that is not seen")
    same(report()["unknown_frees"], 0, "unknown frees")
    program.end()


def mapped_as_data():
    """A file that is mapped to be read is no library, though it has the name of one:
    debuggers, profilers, and memtop itself map libc's so."""
    libc = next(line.split()[-1] for line in attached.maps_of(os.getpid())
                if re.search(r"/libc(-2\.\d+)?\.so", line))
    program = Program("data", libc, command=("./plain",))
    where = [line for line in program.maps() if libc in line]
    if len(where) < 6 or "r--s" not in where[0]:
        fail("libc is not mapped as data, before itself: %r" % where)
    recorder = attach(program)
    traced(program, recorder)
    detach(recorder)
    same(report()["before_attach"]["bytes"] > 0, True, "bytes of before")
    program.end()


def other_allocators():
    """The program's malloc is another library's: figures are exact, and what that held before
    is not known, nor said."""
    for name in "libjemalloc.so.2", "libtcmalloc_minimal.so.4", "libmimalloc.so.2":
        path = ctypes.util.find_library(name[3:name.index(".so")])
        if not path:
            continue
        program = Program("4", env={**os.environ, "LD_PRELOAD": path})
        recorder = attach(program)
        traced(program, recorder)
        program.ask("keep")
        program.ask("old")
        detach(recorder)
        document = report()
        same(document["before_attach"]["bytes"], None, name + ": bytes of before")
        if kept(document) and not 1000 <= document["before_attach"]["frees"] <= 1020:
            fail("%s: frees of before: %r" % (name, document["before_attach"]))
        program.ask("drop")
        same(hooked(program), 0, "words that lead to the library")
        program.end()


TLS = r"""
__thread char mine[48] __attribute__((tls_model("initial-exec")));
char *at(void) { return mine; }
"""


def without_tls():
    """Libraries have taken all the thread-local memory that glibc keeps for late ones."""
    if not compiled("tls", TLS, "-shared", "-fPIC"):
        fail("no library")
    for i in range(200):
        shutil.copy("tls", "tls%d.so" % i)
    each_refused(["./plain", "tls"], "cannot allocate memory in static TLS block")


def without_memfds():
    """Where files in memory may not be executed the library comes by its path."""
    namespace = ["unshare", "--pid", "--fork", "--mount-proc"]
    inside = [*namespace, sys.executable, os.path.join(HERE, "ptrace.py"), "noexec"]
    if os.geteuid() == 0 and subprocess.run([*namespace, "true"]).returncode != 0:
        print("no namespace of processes can be made here: files in memory were not forbidden")
    elif os.geteuid() == 0 and subprocess.run(inside, env={**os.environ, "B": B, "MEMTOP": MEMTOP}
                                            ).returncode not in (0, 77):
        fail("in a namespace without such files")


def noexec():
    try:
        with open("/proc/sys/vm/memfd_noexec", "w", encoding="ascii") as file:
            file.write("2")
    except OSError:                     # before Linux 6.3
        sys.exit(77)
    program = Program("0")
    recorder = attach(program)
    traced(program, recorder)
    detach(recorder)
    code = [line for line in program.maps() if "r-xp" in line and
            ("libmemtop.so" in line or "memfd:" in line)]
    same(["libmemtop.so" in line and "memfd:" not in line for line in code], [True],
         "the library in memory")
    program.end()
    exact(False)


def filtered():
    """What a filter allows is read from it, as root; the refusal names what it forbids."""
    if os.geteuid() != 0:
        each_refused(["./plain", "seccomp"], "which may forbid the tracer's calls, and only root")
        return
    numbers = {"memfd_create": "319", "mprotect": "10", "membarrier": "324", "ppoll": "271"}
    for name, number in numbers.items() if platform.machine() == "x86_64" else ():
        each_refused(["./plain", "seccomp", number],
                     "it runs under a seccomp filter that does not allow %s, which" % name)
    program = Program("seccomp", command=["./plain"])
    for _ in range(2):
        recorder = attach(program)
        traced(program, recorder)
        program.ask("tick")
        detach(recorder)
        same(report()["lost"], 0, "events lost under a filter")
    program.end()


def with_rights():
    """A file's bits and capabilities that give who started it nothing refuse nothing."""
    shutil.copy("plain", "setuid")
    os.chmod("setuid", 0o6755)
    if os.geteuid() == 0 and shutil.which("setcap"):
        subprocess.check_call(["setcap", "cap_net_raw+ep", "setuid"])
    program = Program(command=["./setuid"])
    recorder = attach(program)
    traced(program, recorder)
    program.ask("tick")
    detach(recorder)
    program.end()
    if os.geteuid() == 0:
        os.chown("setuid", -1, 65534)
        os.chmod("setuid", 0o2755)
        each_refused(["./setuid"], "set-user-ID")


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
    filtered()
    with_rights()
    each_refused([MEMTOP, "record", "--quiet", "--force", "-o", "other.memtop", "./plain"],
                 "it already has a memtop tracer")
    program = Program(command=["./plain"])
    os.kill(program.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, program.pid, os.WSTOPPED)
    refused("it is stopped", program.pid)
    os.kill(program.pid, signal.SIGCONT)
    program.end()
    by_debugger()
    without_tls()
    by_others()
    no_programs()
    refused("there is no such process", 2147483647)


def no_programs():
    """What is no process, or none whose memory can be found; and limits that would end it."""
    program = Program("leader", command=["./plain"])
    refused("its first thread has ended", program.pid)
    thread = max(int(tid) for tid in os.listdir("/proc/%d/task" % program.pid))
    refused("it is a thread of process %d: give that number" % program.pid, thread)
    program.ask("tick")
    program.end()
    ended = subprocess.Popen("true")
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    refused("it has ended", ended.pid)
    ended.wait()
    if os.path.exists("/proc/2/comm"):      # not in a PID namespace of its own
        with open("/proc/2/comm", encoding="ascii") as file:
            name = file.read()
        if name == "kthreadd\n" and os.stat("/proc/2").st_uid == os.geteuid():
            refused("it is a thread of the kernel", 2)
    # The kernel would end it by SIGXFSZ, here and at its start in standby.
    each_refused(["./plain", "limit"], "it may not make a file of 4096 bytes")
    program = Program(command=["sh", "-c", "ulimit -f 1; exec %s standby ./plain" % MEMTOP])
    same(program.pages(), [], "the pages of a program that may make no file of that size")
    program.ask("tick")
    program.end()
    bare()


def bare():
    """In a root directory without /proc."""
    if os.geteuid() != 0 or not compiled("plain", PLAIN):
        return
    libraries = subprocess.check_output(["ldd", "./plain"], text=True).split()
    for library in (word for word in libraries if word.startswith("/")):
        os.makedirs("root" + os.path.dirname(library), exist_ok=True)
        shutil.copy(library, "root" + library)
    shutil.copy("plain", "root/plain")
    each_refused(["chroot", "root", "/plain"], "its root directory has neither /proc")


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
    # By a shell, since setpriv's own exec goes where only root may.
    if subprocess.run([*nobody, "sh", "-c", "exec %s --version" % MEMTOP],
                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
        print("others can't run %s: no program of theirs was tried" % MEMTOP)
        return
    each_refused([*nobody, "./plain"], "who cannot reach this memtop; attach as that user, as root by "
                 "setpriv --reuid=65534 --regid=65534 --clear-groups memtop attach ")
    each_refused([*nobody, MEMTOP, "standby", "./plain"], "it belongs to another user (65534), who")
    each_refused([*nobody, "./plain", "seccomp"], "only root may read", nobody)
    each_refused([*nobody, "./plain", "undumpable"], "it can't be inspected", nobody)
    each_refused(["./plain"], "it belongs to another user (0)",
                 ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"])
    fewer = ["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"]
    each_refused(["./plain"], "it has capabilities that memtop lacks (CAP_SYS_PTRACE)", fewer)
    inside = ["unshare", "--user", "--map-root-user"]
    if subprocess.run([*inside, "true"], stderr=subprocess.DEVNULL).returncode == 0:
        each_refused(["./plain"], "or be in another user namespace", inside)


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["XDG_CACHE_HOME"] = folder
        os.environ.pop("XDG_RUNTIME_DIR", None)
        if sys.argv[1:] == ["noexec"]:
            noexec()
            return
        if sys.argv[1:] != ["exact"]:       # which asks a memtop that is under a filter itself
            refusals()
            namespaces([])
            namespaces([MEMTOP, "standby"])
            mapped_as_data()
            other_allocators()
            without_memfds()
        exact(False)
        exact(True)
        again_and_again()
        killed()


main()
