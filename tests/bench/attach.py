#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attaching to programs under load, and letting them go, again and again: what the slowest
answer was, without and with that, as the load's own clock has it; what the program holds
after the second time and after the last.

	ATTACHES=1000 KINDS="redis nginx postgres python node java" tests/bench/attach.py

A wrong answer, a program that ends, or a descriptor more is said, and the status 1.  On a
busy machine answers are slow without memtop too: compare the columns."""
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../cli/lib"))
import attached                                                         # noqa: E402

ATTACHES = int(os.environ.get("ATTACHES", "20"))
KINDS = os.environ.get("KINDS", "redis nginx postgres python node java").split()
PYTHON = os.environ.get("PYTHON", "/usr/bin/python3")
CLIENTS = 4


def until(condition, what):
    end = time.monotonic() + attached.PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(what)
        time.sleep(0.01)


# ---- servers, asked over sockets -------------------------------------------

class Client(threading.Thread):
    """Asks and checks the answer without a pause; the slowest one since `slowest` was reset."""

    def __init__(self, port, question, answer):
        super().__init__(daemon=True)
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.question, self.answer = question, answer
        self.slowest, self.answers, self.wrong, self.stop = 0.0, 0, None, False

    def run(self):
        while not self.stop and not self.wrong:
            began = time.monotonic()
            self.socket.sendall(self.question)
            got = b""
            while not got.endswith(self.answer):
                more = self.socket.recv(1 << 16)
                if not more or len(got) > 1 << 20:
                    self.wrong = "a connection ended, or a wrong answer: %r" % got[-80:]
                    return
                got += more
            self.slowest = max(self.slowest, time.monotonic() - began)
            self.answers += 1


class Server:
    """Listens on a port; `target` is the process to attach to."""

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = self.start(folder)
        until(self.listens, "it does not listen")
        self.target = self.worker()
        self.clients = [Client(self.port, *self.exchange()) for _ in range(CLIENTS)]
        for client in self.clients:
            client.start()

    def listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
            return True
        except OSError:
            return False

    def worker(self):
        return self.process.pid

    def slowest(self):
        """Since the last time, in seconds; how many answers there were."""
        wrong = [client.wrong for client in self.clients if client.wrong]
        if wrong:
            raise RuntimeError(wrong[0])
        found = max(client.slowest for client in self.clients), \
            sum(client.answers for client in self.clients)
        for client in self.clients:
            client.slowest, client.answers = 0.0, 0
        return found

    def end(self):
        for client in self.clients:
            client.stop = True
        for client in self.clients:
            client.join(attached.PATIENCE)
        self.process.terminate()
        self.process.wait(attached.PATIENCE)


class Redis(Server):
    program = "redis-server"

    def start(self, folder):
        return subprocess.Popen(["redis-server", "--port", str(self.port), "--bind", "127.0.0.1",
                                 "--save", "", "--dir", folder], stdout=subprocess.DEVNULL)

    def exchange(self):
        value = "x" * 3000
        set_it = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$%d\r\n%s\r\n" % (len(value), value)
        return (set_it + "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n").encode(), \
            ("+OK\r\n$3000\r\n%s\r\n" % value).encode()


class Nginx(Server):
    program = "nginx"

    def start(self, folder):
        with open(folder + "/nginx.conf", "w", encoding="ascii") as file:
            file.write("daemon off; worker_processes 1; pid %s/pid; error_log %s/errors;%s\n"
                       "events {}\nhttp { access_log off; server { listen 127.0.0.1:%d;\n"
                       "keepalive_requests 1000000000; location / { return 200 'all is well'; } } }"
                       % (folder, folder, " user root;" if os.geteuid() == 0 else "", self.port))
        return subprocess.Popen(["nginx", "-p", folder, "-c", folder + "/nginx.conf"],
                                stderr=subprocess.DEVNULL)

    def worker(self):
        until(lambda: attached.children(self.process.pid), "it has no worker")
        return attached.children(self.process.pid)[0]

    def exchange(self):
        return b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"\r\n\r\nall is well"


class Postgres:
    """A backend under pgbench's transactions, whose own log says how long each took; at the end
    the sums that a transaction keeps equal have to be equal.  It refuses to be root."""
    program = "pgbench"

    def __init__(self, folder):
        self.folder, self.at, self.log = folder, 0, None
        bin_ = subprocess.check_output(["pg_config", "--bindir"], text=True).strip()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.base = {**os.environ, "PGHOST": folder, "PGPORT": str(port), "PGDATABASE": "postgres"}
        data = folder + "/data"
        self.call(bin_ + "/initdb", "-D", data, "-A", "trust", "--no-sync")
        self.process = subprocess.Popen(
            [bin_ + "/postgres", "-D", data, "-k", folder, "-p", str(port), "-h", "", "-F"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: subprocess.run([bin_ + "/pg_isready", "-q"], env=self.base, check=False
                                     ).returncode == 0, "it does not listen")
        self.call("pgbench", "-i", "-q")
        self.load = subprocess.Popen(["pgbench", "-n", "-c", str(CLIENTS), "-T", "1000000", "-l"],
                                     env=self.base, cwd=folder, stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)
        until(self.backends, "no backend")
        self.target = self.backends()[0]

    def call(self, *command):
        subprocess.run(command, env=self.base, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def sql(self, text):
        return subprocess.check_output(["psql", "-Atc", text], env=self.base, text=True).split("|")

    def backends(self):
        return [int(line.split("|")[0]) for line in subprocess.check_output(
            ["psql", "-Atc", "select pid from pg_stat_activity where application_name = 'pgbench'"],
            env=self.base, text=True).split()]

    def slowest(self):
        """client, number, microseconds, ...: what pgbench has written by now."""
        if self.load.poll() is not None:
            raise RuntimeError("pgbench ended")
        name = "%s/pgbench_log.%d" % (self.folder, self.load.pid)
        until(lambda: os.path.exists(name), "it has no log")
        with open(name, encoding="ascii") as file:
            file.seek(self.at)
            text = file.read()
        whole = text[:text.rfind("\n") + 1]
        self.at += len(whole)
        took = [int(line.split()[2]) for line in whole.splitlines()]
        return max(took, default=0) / 1e6, len(took)

    def end(self):
        self.load.terminate()
        self.load.wait(attached.PATIENCE)
        until(lambda: not self.backends(), "its backends stay")
        sums = self.sql("select (select sum(abalance) from pgbench_accounts), "
                        "(select sum(bbalance) from pgbench_branches), "
                        "(select sum(tbalance) from pgbench_tellers), "
                        "(select sum(delta) from pgbench_history)")
        self.process.send_signal(signal.SIGINT)
        self.process.wait(attached.PATIENCE)
        if len({text.strip() for text in sums}) != 1:
            raise RuntimeError("sums that differ: %r" % sums)


# ---- programs that measure themselves --------------------------------------

PY = r"""
import asyncio, os, sys, threading, time
slowest, beats, wrong = 0.0, 0, 0
def work():
    global wrong
    n = 0
    while True:
        n += 1
        parts = [str(i) * 3 for i in range(300)]
        wrong += len("".join(parts)) != sum(map(len, parts))
        if n % 20 == 0:
            time.sleep(0.001)
async def tick(beat):
    global slowest, beats
    while True:
        began = time.monotonic()
        await asyncio.sleep(0.001)
        slowest = max(slowest, time.monotonic() - began)
        beats += 1
for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
threading.Thread(target=lambda: asyncio.run(tick(0)), daemon=True).start()
print("ready", os.getpid(), flush=True)
for line in iter(sys.stdin.readline, "quit\n"):
    print(slowest, beats, wrong, flush=True)
    slowest, beats = 0.0, 0
"""

JS = r"""
let slowest = 0, beats = 0, wrong = 0, last = performance.now();
setInterval(() => {
	const now = performance.now();
	slowest = Math.max(slowest, (now - last) / 1000);
	last = now;
	beats++;
	const parts = [];
	for (let i = 0; i < 300; i++) parts.push(Buffer.from(String(i).repeat(50)));
	if (Buffer.concat(parts).length !== parts.reduce((n, p) => n + p.length, 0)) wrong++;
}, 1);
console.log("ready " + process.pid);
require("readline").createInterface({ input: process.stdin }).on("line", line => {
	if (line === "quit") process.exit(0);
	console.log(slowest + " " + beats + " " + wrong);
	slowest = beats = 0;
});
"""

JAVA = r"""
import java.io.*;
import java.nio.ByteBuffer;
class Load {
	static volatile double slowest;
	static volatile long beats, wrong;
	static void work() {
		for (long n = 0;; n++) {
			ByteBuffer b = ByteBuffer.allocateDirect(4096);
			b.putLong(8, n);
			if (b.getLong(8) != n) wrong++;
			if (n % 50 == 0) nap();
		}
	}
	static void nap() { try { Thread.sleep(1); } catch (InterruptedException e) { } }
	static void tick() {
		for (;;) {
			long began = System.nanoTime();
			nap();
			slowest = Math.max(slowest, (System.nanoTime() - began) / 1e9);
			beats++;
		}
	}
	static void start(Runnable r) { Thread t = new Thread(r); t.setDaemon(true); t.start(); }
	public static void main(String[] a) throws Exception {
		for (int i = 0; i < 3; i++) start(Load::work);
		start(Load::tick);
		System.out.println("ready " + ProcessHandle.current().pid());
		BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
		for (String line; (line = in.readLine()) != null && !line.equals("quit");) {
			System.out.println(slowest + " " + beats + " " + wrong);
			slowest = 0; beats = 0;
		}
	}
}
"""


class Timed:
    """Beats each millisecond beside its work; a word makes it say how late one was."""

    def __init__(self, folder):
        self.process = attached.Program(*self.command(folder))
        self.target = self.process.pid

    def slowest(self):
        self.process.tell("gap")
        slowest, beats, wrong = self.process.line().split()
        if int(wrong):
            raise RuntimeError("wrong results: %s" % wrong)
        return float(slowest), int(beats)

    def end(self):
        self.process.end()


class Python(Timed):
    program = PYTHON

    def command(self, folder):
        return [PYTHON, "-c", PY]


class Node(Timed):
    program = "node"

    def command(self, folder):
        return ["node", "-e", JS]


class Java(Timed):
    program = "javac"

    def command(self, folder):
        with open(folder + "/Load.java", "w", encoding="ascii") as file:
            file.write(JAVA)
        subprocess.run(["javac", "-d", folder, folder + "/Load.java"], check=True)
        return ["java", "-Xmx256m", "-cp", folder, "Load"]


# ---- the measurement -------------------------------------------------------

def held(pid):
    """Descriptors, and mappings of memtop's files."""
    return len(os.listdir("/proc/%d/fd" % pid)), \
        sum("memtop" in line for line in attached.maps_of(pid))


def attach_once(target):
    before = attached.call_of(target)[0]
    recorder = attached.attach(target)

    def traced():
        wanted, answered = attached.call_of(target)
        if recorder.poll() is not None:
            raise RuntimeError("record ended: %s" % recorder.stderr.read().strip())
        return wanted not in (0, before) and wanted == answered

    until(traced, "it does not answer the call")
    recorder.send_signal(signal.SIGINT)
    said = recorder.communicate(timeout=attached.PATIENCE)[1].strip()
    if recorder.returncode or said:
        raise RuntimeError("record: status %d, %s" % (recorder.returncode, said))


def measure(kind, folder):
    load = kind(folder)
    began = time.monotonic()
    load.slowest()
    left = None
    slow = []
    for turn in range(ATTACHES):
        attach_once(load.target)
        slow.append(load.slowest())
        if turn == 1:
            left = held(load.target)
    took = time.monotonic() - began
    last = held(load.target)
    time.sleep(took)                    # the same time without memtop
    alone, answers = load.slowest()
    load.end()
    slow.sort()
    print("%-7s %5d  %7.0f  %7.0f  %7.0f  %9.2f  %s  %s" % (
        kind.__name__.lower(), ATTACHES, alone * 1e3, slow[-1][0] * 1e3,
        slow[len(slow) // 2][0] * 1e3,
        sum(n for _, n in slow) / (answers or 1), left, last), flush=True)
    return left is None or last[0] <= left[0] and last[1] <= left[1]


def main():
    good = True
    print("slowest answer in ms: alone (as long as all attaching took), attached (worst, median of\n"
          "a turn's worst); answers with / without; descriptors and mappings of memtop's")
    print("%-7s %5s  %7s  %7s  %7s  %9s  after two, after all" %
          ("program", "times", "alone", "worst", "median", "answers"))
    for kind in (Redis, Nginx, Postgres, Python, Node, Java):
        if kind.__name__.lower() not in KINDS or not shutil.which(kind.program):
            continue
        if kind is Postgres and os.geteuid() == 0:
            print("postgres refuses to be root: KINDS=postgres, as another user")
            continue
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            os.environ["XDG_CACHE_HOME"] = folder
            try:
                good = measure(kind, folder) and good
            except (RuntimeError, OSError, subprocess.SubprocessError) as error:
                print("%-7s FAILED: %s" % (kind.__name__.lower(), error), flush=True)
                good = False
            os.chdir("/")
    return 0 if good else 1


sys.exit(main())
