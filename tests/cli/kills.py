#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills of the keeper, of memtop proper, of the target, of the process of memtop's that leads
the session on the target's terminal, and of several at once, while the target allocates: before a named call of a named process (libknife.so counts them), or
from inside the target as its n-th block is allocated (load.c).  Whatever is killed,

    the target gives its own right result and status, unless it was killed itself, or its
        terminal hung up, as nobody is left who holds or leads it;
    nobody waits for ever, and no process is left;
    the next run of memtop removes what lay in the private folders;
    the recording opens, or is refused in one sentence;
    a terminal is as it was before.

Run as a test it goes through the named steps once.  KILLS=500 goes on at random,
SEED=N repeats such a run, KILLS_KEEP=1 stops at the first failure and keeps its folder.
"""
import collections
import ctypes
import fcntl
import json
import os
import random
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tty/lib"))
from tmux import alive  # noqa: E402

MEMTOP = os.path.abspath(os.environ.get("MEMTOP", "build/memtop"))
WORKERS = os.path.abspath(os.path.join(os.environ.get("B", "build"), "tests/workers"))
UNLED = b"lost the process that led the program's terminal"
PATIENCE = 90                   # seconds: far more than anything here takes
ROLES = KEEPER, PROPER, TARGET, LEADER = range(4)
NAMES = ("keeper", "proper", "target", "leader")
MODES = ("record", "check", "live", "quiet live")

with open("tests/preload/workers/knife.h", encoding="ascii") as header:
    FUNCTIONS = ["fork", "forked"] + re.findall(r" X\(([a-z0-9_]+)\)|\tX\(([a-z0-9_]+)\)",
                                                header.read())
FUNCTIONS = [name if isinstance(name, str) else name[0] or name[1] for name in FUNCTIONS]


class Page(ctypes.LittleEndianStructure):
    """struct knife_page of knife.h."""
    _fields_ = [("pid", ctypes.c_int32 * len(ROLES)), ("fallen", ctypes.c_uint32),
                ("calls", (ctypes.c_uint32 * len(FUNCTIONS)) * len(ROLES))]


class Wrong(Exception):
    """What did not hold, in a sentence."""


# The steps of a run, in order: who calls what for which time, and what that is.
STEPS = [
    (KEEPER, "socketpair", 1, "the run's folder is made and empty"),
    (KEEPER, "fork", 1, "just before the split"),
    (KEEPER, "signalfd", 1, "just after the split"),
    (PROPER, "memfd_create", 1, "trying a segment"),
    (PROPER, "eventfd", 1, "memtop proper begins"),
    (PROPER, "bind", 1, "before the meeting's socket"),
    (PROPER, "bind", 2, "between meeting and ctl"),
    (PROPER, "sqlite3_open_v2", 1, "the recording's file is made and empty"),
    (PROPER, "sqlite3_exec", 2, "before the recording's tables"),
    (PROPER, "send", 1, "ready, and not yet said"),
    (KEEPER, "recv", 1, "the order to start lies there"),
    (KEEPER, "fork", 2, "before the target's fork"),
    (KEEPER, "forked", 2, "after the target's fork"),
    (TARGET, "execve", 1, "before the target's exec"),
    (PROPER, "accept4", 1, "the target says hello"),
    (PROPER, "memfd_create", 3, "the segment of the target"),
    (PROPER, "sendmsg", 1, "before the welcome"),
    (PROPER, "syscall", 4, "about the first event"),
    (PROPER, "elf_begin", 1, "the first name"),
    (PROPER, "sqlite3_step", 20, "finishing the recording"),
    (PROPER, "sqlite3_exec", 4, "before the recording's only commit"),
    (PROPER, "sqlite3_exec", 5, "committed, and not yet said"),
    (PROPER, "sqlite3_close", 1, "the recording is whole and not closed"),
    (PROPER, "rmdir", 1, "removing the run's folder"),
    (KEEPER, "rmdir", 1, "the keeper removes what is left"),
]


class Case:
    """One run with one kill."""

    def __init__(self, mode, children, status, victims, step=None, at=0, long=False):
        self.mode, self.children, self.status = mode, children, status
        self.victims, self.step, self.at = set(victims), step, at
        self.long = long                # enough for some commits of the recording

    def __str__(self):
        when = "at block %d" % self.at
        if self.step:
            when = "%s's %s %d" % (NAMES[self.step[0]], self.step[1], self.step[2])
        return "%s%s%s, status %d: kills %s before %s" % (
            "long " if self.long else "", self.mode,
            " with children" if self.children else "", self.status,
            " and ".join(NAMES[v] for v in sorted(self.victims)) or "nobody", when)

    def bits(self):
        return sum(1 << victim for victim in self.victims)

    def live(self):
        return "live" in self.mode


def marked(token):
    """Processes that carry this run's mark in their environment."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/environ" % pid, "rb") as environ:
                if token in environ.read().split(b"\0") and alive(int(pid)):
                    found.append(int(pid))
        except OSError:
            pass                        # it has just gone, or is not ours
    return found


class Screen:
    """A terminal with somebody who reads it."""

    def __init__(self):
        self.master, self.slave = os.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, b"\x18\0\x50\0\0\0\0\0")
        self.text = b""
        self.before = termios.tcgetattr(self.slave)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        try:
            while text := os.read(self.master, 65536):
                self.text = (self.text + text)[-10000:]
        except OSError:
            pass

    def adopt(self):
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def press(self, key):
        os.write(self.master, key)

    def all(self):
        """The end of what was shown, once nobody has it open any more."""
        if self.slave >= 0:
            os.close(self.slave)
            self.slave = -1
            self.reader.join(PATIENCE)
        return self.text

    def close(self):
        self.all()
        os.close(self.master)


class Run:
    """The folder, the processes and the judgement of a case."""

    def __init__(self, case):
        self.case = case
        self.folder = tempfile.mkdtemp(prefix="kills.")
        self.token = ("MEMTOP_KILLS=" + self.folder).encode()
        self.recording = None if case.mode == "quiet live" else self.path("r.memtop")
        self.screen = Screen() if case.live() else None
        self.page = Page()
        os.mkdir(self.path("run"), 0o700)
        with open(self.path("page"), "wb") as page:
            page.write(bytes(self.page))

    def path(self, name):
        return os.path.join(self.folder, name)

    def environment(self):
        env = dict(os.environ, XDG_RUNTIME_DIR=self.path("run"), TERM="xterm-256color",
                   XDG_STATE_HOME=self.path("state"), XDG_CONFIG_HOME=self.path("config"),
                   MEMTOP_KILLS=self.folder)
        env.pop("LD_PRELOAD", None)
        return env

    def knifed(self):
        step = self.case.step or (-1, "nothing", 0)
        return dict(self.environment(), LD_PRELOAD=WORKERS + "/libknife.so", KNIFE="%s %d %s %d %d"
                    % (self.path("page"), step[0], step[1], step[2], self.case.bits()))

    def command(self):
        case = self.case
        words = {"record": ["record", "-o", self.recording],
                 "check": ["check", "--max-peak=1G", "-o", self.recording],
                 "live": ["-o", self.recording], "quiet live": []}[case.mode]
        blocks = (20000 if case.children else 60000) * (25 if case.long else 1)
        words = [MEMTOP] + words + [WORKERS + "/load", self.path("result"), str(case.status), "3",
                                    str(blocks), "20" if case.children else "0"]
        return words + ([str(case.bits()), str(case.at)] if case.at else [])

    def read_page(self):
        with open(self.path("page"), "rb") as page:
            self.page = Page.from_buffer_copy(page.read())

    def begin(self):
        """The inherited end of a pipe: all are gone when it ends."""
        end, theirs = os.pipe()
        stream = self.screen.slave if self.screen else subprocess.DEVNULL
        with open(self.path("err"), "wb") as err:
            self.process = subprocess.Popen(
                self.command(), env=self.knifed(), stdin=stream, stdout=stream,
                stderr=stream if self.screen else err, pass_fds=[theirs],
                preexec_fn=self.screen.adopt if self.screen else os.setsid)
        os.close(theirs)
        return end

    def turn(self, seconds):
        """Waits a moment for the first process to end."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass

    def await_end(self):
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                raise Wrong("memtop does not end: %s" % self.look())
            self.turn(0.1)
            self.read_page()
            target = self.page.pid[TARGET]
            if self.screen and self.process.poll() is None and target and not alive(target):
                self.press(b"q")

    def press(self, key):
        try:
            self.screen.press(key)
        except OSError:
            pass                        # the terminal has gone

    def await_others(self, end):
        if not select.select([end], [], [], PATIENCE)[0] or os.read(end, 1):
            raise Wrong("somebody goes on: %s" % self.look())
        for _ in range(2000):
            left = marked(self.token)
            if not left:
                return
        raise Wrong("left behind: %s" % self.look())

    def look(self):
        lines = []
        for pid in marked(self.token):
            for name in ("comm", "wchan", "syscall"):
                try:
                    with open("/proc/%d/%s" % (pid, name), encoding="utf-8") as file:
                        lines.append("%d %s %s" % (pid, name, file.read().strip()))
                except OSError:
                    pass
        return "; ".join(lines) or "no process at all"

    def called(self, role, name):
        return self.page.calls[role][FUNCTIONS.index(name)]

    def traced(self):
        """Whether the target was given its segment."""
        sent = self.called(PROPER, "sendmsg")
        return sent > (self.case.step or (0, "", 0))[1:].count("sendmsg")

    # ---- what must hold ----

    def judge_result(self):
        """The target's own: its result, and its status as the shell sees it."""
        case, page, status = self.case, self.page, self.process.returncode
        fell = case.victims if page.fallen else set()
        result = ""
        if os.path.exists(self.path("result")):
            with open(self.path("result"), encoding="ascii") as file:
                result = file.read()
        started = self.called(TARGET, "execve") > 0
        # The pty ends with the last of those who hold its master, and with its leader.
        hung_up = case.live() and {KEEPER, PROPER} <= fell or self.unled(fell)
        if TARGET in fell and page.pid[TARGET] or hung_up:
            if not re.fullmatch(r"(right \d+\n)?", result):
                raise Wrong("a killed target wrote %r" % result)
        elif started and not re.fullmatch(r"right \d+\n", result):
            raise Wrong("the target's result is %r" % result)
        elif not started and result:
            raise Wrong("a target that never began wrote %r" % result)
        self.judge_status(fell, started, bool(result), status)

    def unled(self, fell):
        return LEADER in fell and self.page.pid[LEADER] > 0

    def judge_status(self, fell, started, done, status):
        case = self.case
        own = {case.status} if started else set()
        if TARGET in fell and self.page.pid[TARGET]:
            own = {137, case.status} if done else {137}
        if self.unled(fell):            # it hears of it, unless it was not in front yet
            own = own - {case.status} | {129} | ({case.status} if done else set())
        wanted = set(own)
        if KEEPER in fell:
            wanted = {-signal.SIGKILL}
            if case.live() and PROPER not in fell:      # it may have been over already
                wanted |= own
        elif PROPER in fell and not started:
            wanted |= {125}
        elif PROPER in fell and 0 in own and not case.live():
            wanted |= {125}             # a recording that broke off must not pass for whole
            if not self.called(PROPER, "sqlite3_close"):
                wanted.discard(0)
        if status not in wanted:
            raise Wrong("the status is %s and not one of %s" % (status, sorted(wanted)))

    def judge_terminal(self, fell):
        if not self.screen or {KEEPER, PROPER} <= fell:
            return
        after = termios.tcgetattr(self.screen.slave)
        if after != self.screen.before:
            raise Wrong("the terminal was left as %s" % after)

    def judge_told(self, fell):
        # With the target's own status all was over before the leader was missed.
        over = self.process.returncode == self.case.status
        if self.unled(fell) and not over and KEEPER not in fell and \
                UNLED not in self.screen.all():
            raise Wrong("it is not said that the leader was lost: %r" % self.screen.text[-500:])

    def judge_recording(self):
        """What became of the file, in a word."""
        if not self.recording or not os.path.exists(self.recording):
            return "none"
        done = subprocess.run([MEMTOP, "report", "--json", "--process=all", self.recording],
                              env=self.environment(), timeout=PATIENCE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False)
        if done.returncode == 0 and not done.stderr:
            self.judge_figures(json.loads(done.stdout))
            return "opens"
        # A target that hung up as it began may have said hello, and nothing after that.
        begun = not self.case.step or LEADER not in self.case.victims
        if begun and self.traced() and self.called(PROPER, "sqlite3_wal_checkpoint_v2"):
            raise Wrong("the recording had a commit; report ended with %d and said %r" %
                        (done.returncode, done.stderr))
        said = done.stderr.decode("utf-8", "replace")
        if done.returncode not in (2, 125, 127) or not re.fullmatch(r"memtop: [^\n]{20,}\n", said):
            raise Wrong("report ended with %d and said %r" % (done.returncode, said))
        return "refused: " + re.sub(r"/[^ ]*/", "", said.strip())

    def judge_figures(self, answer):
        traced = answer["traced"]
        if answer["lost"] or traced["blocks"] > 3 * 64 * 40 + 4000:
            raise Wrong("the recording says lost %s, traced %s" % (answer["lost"], traced))

    def judge_folders(self):
        """The next runs clear up: one with a recording, one with a screen's private file."""
        script = self.path("script")
        with open(script, "w", encoding="ascii") as keys:
            keys.write("wait exit\n")
        for name in os.listdir(self.path("run")):
            os.utime(self.path("run/" + name), (1, 1))      # young ones may be about to begin
        for words in (["record", "--quiet", "-o", self.path("next.memtop")], ["--play=" + script]):
            done = subprocess.run([MEMTOP] + words + ["/bin/true"], env=self.environment(),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=PATIENCE, check=False)
            if done.returncode:
                raise Wrong("the next run ended with %d: %r" % (done.returncode, done.stderr))
        left = os.listdir(self.path("run")) + [
            name for name in os.listdir(self.path("state") + "/memtop") if ".memtop" in name]
        if left:
            raise Wrong("still there after the next runs: %s" % left)

    def go(self):
        end = self.begin()
        try:
            self.await_end()
            self.await_others(end)
            self.read_page()
            fell = self.case.victims if self.page.fallen else set()
            self.judge_result()
            self.judge_terminal(fell)
            self.judge_told(fell)
            return self.judge_recording()
        finally:
            os.close(end)
            for pid in marked(self.token):
                os.kill(pid, signal.SIGKILL)
            self.process.wait()
            if self.screen:
                self.screen.close()

    def whole(self):
        word = self.go()
        self.judge_folders()
        return word


class Tally:
    """Cases by kind, and what went wrong."""

    def __init__(self):
        self.kinds, self.words = collections.Counter(), collections.Counter()
        self.failures = []

    def run(self, case):
        run = Run(case)
        try:
            word = run.whole()
            if any("memtop" in name for name in os.listdir("/dev/shm")):
                raise Wrong("shared memory is left: %s" % os.listdir("/dev/shm"))
            fell = " and ".join(NAMES[v] for v in sorted(case.victims))
            self.kinds[(case.mode, fell if run.page.fallen else "nobody, in the end")] += 1
            self.words[word] += 1
        except (Wrong, subprocess.TimeoutExpired) as wrong:
            self.failures.append((case, wrong))
            print("FAIL: %s: %s" % (case, wrong), flush=True)
            if os.path.exists(run.path("err")) and os.path.getsize(run.path("err")):
                with open(run.path("err"), encoding="utf-8", errors="replace") as err:
                    print("    it said: " + err.read().strip(), flush=True)
            if os.environ.get("KILLS_KEEP"):
                print("kept: " + run.folder)
                sys.exit(1)
        shutil.rmtree(run.folder, ignore_errors=True)
        return run.page

    def say(self):
        for (mode, fell), count in sorted(self.kinds.items()):
            print("%5d  %s: %s" % (count, mode, fell))
        for word, count in self.words.most_common():
            print("%5d  recording %s" % (count, word))
        print("%d cases, %d failures" % (sum(self.kinds.values()) + len(self.failures),
                                         len(self.failures)))


def named_steps(tally):
    """Each step once, the modes and victims in turn."""
    victims = ([], [KEEPER], [PROPER], [KEEPER, PROPER])
    for i, step in enumerate(STEPS):
        fall = victims[i % 4] or [step[0]]
        mode = MODES[i // 2 % 4]
        if fall == [TARGET] or step[0] not in (KEEPER, PROPER):
            fall = [TARGET]
        page = tally.run(Case(mode, i % 5 == 0, i % 2 * 7, fall, step[:3]))
        if not page.fallen and step[0] != KEEPER:
            print("no such moment in %s: %s" % (mode, step[3]))
    for i, fall in enumerate(([KEEPER], [PROPER], [TARGET], [KEEPER, PROPER],
                              [PROPER, TARGET], [KEEPER, PROPER, TARGET])):
        tally.run(Case(MODES[i % 4], i % 2, i % 2 * 7, fall, at=1000 + 7000 * i))
    for i, fall in enumerate(([KEEPER], [TARGET], [LEADER], [KEEPER, PROPER], [LEADER, KEEPER],
                              [LEADER, PROPER], [LEADER, TARGET], ROLES)):
        tally.run(Case(MODES[2 + i % 2], i % 3 == 0, i % 2 * 7, fall, at=2000 + 2500 * i))
    for step, fall in (((KEEPER, "forked", 2), KEEPER), ((TARGET, "syscall", 1), TARGET),
                       ((TARGET, "execve", 1), KEEPER), ((TARGET, "execve", 1), LEADER),
                       ((TARGET, "write", 1), TARGET), ((TARGET, "write", 1), LEADER),
                       ((LEADER, "opendir", 1), LEADER)):
        tally.run(Case("live", False, 7, [fall], step))


def at_random(tally, count, seed):
    rng = random.Random(seed)
    print("SEED=%d" % seed, flush=True)
    calls = {}
    for mode in MODES:
        for children in (False, True):
            page = tally.run(Case(mode, children, 0, []))
            calls[mode, children] = [(role, name, page.calls[role][i])
                                     for role in ROLES for i, name in enumerate(FUNCTIONS)
                                     if page.calls[role][i]]
    for number in range(count):
        mode, children = rng.choice(MODES), rng.random() < 0.4
        status = rng.choice((0, 0, 7))
        victims = rng.choice(([KEEPER], [PROPER], [PROPER], [TARGET], [KEEPER, PROPER],
                              [KEEPER, TARGET], [PROPER, TARGET], [LEADER], [LEADER, PROPER],
                              [LEADER, TARGET], ROLES))
        long = rng.random() < 0.2
        if rng.random() < 0.4:
            at = rng.randrange(1, 1300000 if long else 55000)
            case = Case(mode, children, status, victims, at=at, long=long)
        else:
            role, name, most = rng.choice(calls[mode, children])
            step = role, name, rng.randint(1, most)
            case = Case(mode, children, status, victims, step, long=long)
        tally.run(case)
        if number % 50 == 49:
            print("%d kills, %d failures" % (number + 1, len(tally.failures)), flush=True)


def main():
    tally = Tally()
    count = int(os.environ.get("KILLS", "0"))
    if count:
        at_random(tally, count, int(os.environ.get("SEED", time.time_ns() % 1000000)))
    else:
        named_steps(tally)
    tally.say()
    sys.exit(1 if tally.failures else 0)


main()
