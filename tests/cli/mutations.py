#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutated recordings through the whole program, built with ASan and UBSan where that
build is there: rows and cells changed by SQL (wrong types, NULL, huge, negative, cyclic,
missing, twice, hostile texts), tables become views, tables without their rules, other
versions; and bytes and whole pages changed behind the header.  Every command gives an
answer or one sentence: no crash, no report of a sanitizer, no hang, bounded memory.

Run as a test it takes a few dozen; MUTATIONS=5000 goes on, SEED=N repeats such a run,
ONLY_MUTATION=N takes that one alone and keeps it as mutated.memtop."""
import collections
import concurrent.futures
import json
import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

B = os.path.abspath(os.environ.get("B", "build"))
PLAIN = os.path.abspath(os.environ.get("MEMTOP", "build/memtop"))
MUTATIONS = int(os.environ.get("MUTATIONS", "40"))
PATIENCE = 60                   # seconds
MEMORY = 1536 << 20             # bytes of RSS, with ASan's share
KEYS = ("lineno", "traceback", "filename", "function", "module", "thread", "domain", "tree")
LOOK_KEYS = ("type", "holder", "arena")  # of moments with a look, and refused of others
FORMATS = ("folded", "flamegraph", "speedscope", "pprof", "tracemalloc", "csv", "json", "text")
NUMBERS = (0, 1, 2, 3, 7, 8, 255, 256, 4095, 65535, 65536, (1 << 31) - 1, 1 << 31,
           (1 << 32) - 1, 1 << 40, 1 << 53, (1 << 62), (1 << 63) - 1)
ODD_NUMBERS = (-1, -2, -(1 << 31), -(1 << 63), "x", "12", 1.5, -0.5, 9e999, None, b"\0\1\2")
TEXTS = ("", "a", "exit", "peak", "live", "finalize", "1", "0", "a.c", "/a/../../b", "%s%n%x",
         "=cmd|' /C calc'!A0", "+1", "@x", "a,b\"c\"", "line\nline", "\x1b[2J\x1b]0;t\x07",
         "\u202eabc", "\u0085\u009b31m", "[1,2,3]", "[]", "tab\there", "x" * 5000,
         "\u4e2d" * 300, "e\u0301" * 500, "<unknown>", "-o", "m!f", "a@b", "main")
ODD_TEXTS = ("x'fffe8081'", "x'610062'", "x'c3'", "zeroblob(3)", "zeroblob(100000)", "NULL", "12",
             "-5", "1.5", "x'f8888080af'", "x'eda080'")


class Wrong(Exception):
    """What did not hold."""


class Mutator:
    """One mutated file, all of it from one seed."""

    def __init__(self, path, seed):
        self.path, self.rng = path, random.Random(seed)
        self.done = []

    def make(self, bases):
        base = self.rng.choices(bases, [4, 4, 2, 2, 1, 2][:len(bases)])[0]
        shutil.copyfile(base, self.path)
        self.done.append(os.path.basename(base))
        kind = self.rng.random()
        if kind < 0.55:
            self.by_sql(self.mild, self.rng.randint(1, 4))
        elif kind < 0.72:
            self.by_sql(self.hard, self.rng.randint(1, 2))
        elif kind < 0.80:
            self.by_sql(self.structure, 1)
        elif kind < 0.95:
            self.by_bytes(self.path, 100)
        else:
            self.by_log()

    # ---- by SQL ----

    def by_sql(self, edit, times):
        db = sqlite3.connect(self.path, isolation_level=None)
        db.execute("PRAGMA synchronous=OFF")
        db.execute("PRAGMA journal_mode=MEMORY")
        self.tables = {name: [row[1:3] for row in db.execute("PRAGMA table_info(%s)" % name)]
                       for (name,) in db.execute("SELECT name FROM sqlite_master"
                                                 " WHERE type = 'table'").fetchall()}
        for _ in range(times):
            for sql in edit():
                self.done.append(sql)
                try:
                    db.execute(sql)
                except (sqlite3.Error, sqlite3.Warning) as error:
                    self.done[-1] += " -- " + str(error)
        db.close()

    def some(self):
        """A condition that a few rows meet, or one, or all."""
        return self.rng.choice(["", " WHERE random() % 2 = 0", " WHERE random() % 7 = 0"] +
                               [" LIMIT 1"] * 0)

    def value(self, kind, odd):
        if kind == "TEXT":
            if odd:
                return "CAST(%s AS TEXT)" % self.rng.choice(ODD_TEXTS)
            text = self.rng.choice(TEXTS)
            quoted = "'%s'" % text.replace("'", "''")
            return quoted.replace("\0", "")
        value = self.rng.choice(ODD_NUMBERS if odd else NUMBERS)
        if isinstance(value, bytes):
            return "x'%s'" % value.hex()
        if isinstance(value, str):
            return "'%s'" % value
        if value is None:
            return "NULL"
        return "9e999" if value == 9e999 else repr(value)

    def rows(self):
        """Paths and places of formats that had a row for each."""
        return self.rng.choice([
            ["UPDATE trace SET parent = (SELECT t.id FROM trace t WHERE t.id < trace.id"
             " ORDER BY random() LIMIT 1) WHERE random() % 3 = 0 AND id > (SELECT min(id) FROM"
             " trace)"],
            ["UPDATE trace SET parent = (SELECT max(t.id) FROM trace t WHERE t.id < trace.id)"
             " WHERE id > (SELECT min(id) FROM trace)"],
            ["UPDATE trace SET site = (SELECT id FROM site ORDER BY random() LIMIT 1)" +
             self.some()],
        ])

    def chunks(self):
        """The same of chunks, and layers that others have."""
        rng = self.rng
        a, b = rng.randrange(40), rng.randrange(40)
        table, column = rng.choice((("trace_chunk", "nodes"), ("stat_chunk", "figures")))
        value = rng.choice((0, 1, -1, 2, 3, 8, 40, 200, 1 << 13, 1 << 31, 1 << 62, "x"))
        return rng.choice([
            ["UPDATE {0} SET {1} = json_set({1}, '$[{2}]', json_extract({1}, '$[{3}]')){4}".format(
                table, column, a, b, self.some())],
            ["UPDATE {0} SET {1} = json_set({1}, '$[{2}]', {3}){4}".format(
                table, column, a, repr(value), self.some())],
            ["UPDATE {0} SET {1} = json_remove({1}, '$[{2}]'){3}".format(
                table, column, a, self.some())],
            ["UPDATE stat_chunk SET figures = replace(figures, ',', ',%s,')%s" %
             (value, self.some())],
            ["UPDATE trace_chunk SET bits = bits + %d%s" % (rng.randint(-1, 2), self.some())],
            ["UPDATE moment SET base = own%s" % self.some()],
            ["UPDATE moment SET base = (SELECT own FROM moment ORDER BY random() LIMIT 1)%s" %
             self.some()],
            ["UPDATE moment SET own = base, base = own%s" % self.some()],
            ["UPDATE OR IGNORE stat_chunk SET layer = (SELECT own FROM moment ORDER BY random()"
             " LIMIT 1)%s" % self.some()],
            ["UPDATE OR IGNORE stat_chunk SET first = first + %d%s" %
             (rng.choice((-9, -1, 1, 9, 1 << 31)), self.some())],
        ])

    def mild(self):
        """What a writer could have meant: most of it opens."""
        rng = self.rng
        spots = [("frame", "function"), ("frame", "file"), ("frame", "line"), ("frame", "lang"),
                 ("frame", "inlined"), ("frame", "wrapper"), ("frame", "unresolved"),
                 ("module", "path"), ("module", "name"), ("module", "reason"),
                 ("thread", "name"), ("thread", "tid"), ("site", "offset"), ("moment", "name"),
                 ("moment", "time"), ("moment", "number"), ("point", "time"), ("point", "current"),
                 ("point", "rss"), ("mark", "text"), ("mark", "time"), ("argument", "text"),
                 ("process", "pid"), ("process", "ppid"), ("process", "traced"),
                 ("process", "began"), ("source", "text"), ("source", "line"), ("meta", "value")]
        spots += [("moment", name) for name in ("current", "peak", "peak_ever", "blocks", "frees",
                                                "allocations", "total", "temporary", "lost",
                                                "unknown_frees", "truncated", "events")]
        table, column = rng.choice(spots)
        kind = dict(self.tables.get(table, [])).get(column, "TEXT")
        value = self.value(kind, rng.random() < 0.15)
        if kind == "INTEGER" and rng.random() < 0.5:
            value = str(rng.choice((0, 1, 2, 3, 4)))
        figures = "figure" if "figure" in self.tables else "stat"
        return rng.choice([
            ["UPDATE OR REPLACE %s SET %s = %s%s" % (table, column, value, self.some())],
            ["UPDATE %s SET %s = %s%s" % (figures, rng.choice(("size", "total", "peak")),
                                          rng.choice(NUMBERS), self.some())],
            ["UPDATE %s SET count = %s, allocations = %s%s" %
             (figures, rng.choice(NUMBERS), (1 << 63) - 1, self.some())],
            ["UPDATE %s SET sizes = '[%s]'%s" %
             (figures, ",".join(str(rng.choice(NUMBERS[:13])) for _ in range(rng.randint(0, 8))),
              self.some())],
            self.chunks() if "figure" in self.tables else self.rows(),
            self.chunks() if "figure" in self.tables else self.rows(),
            ["UPDATE site_frame SET frame = (SELECT id FROM frame ORDER BY random() LIMIT 1)" +
             self.some()],
            ["UPDATE site SET module = (SELECT id FROM module ORDER BY random() LIMIT 1)" +
             self.some()],
            ["UPDATE frame SET function = %s, file = %s, line = %d%s" %
             (self.value("TEXT", rng.random() < 0.3), self.value("TEXT", False),
              rng.randint(0, 99), self.some())],
            ["DELETE FROM %s WHERE random() %% 3 = 0" %
             rng.choice(("stat_chunk" if "figure" in self.tables else "stat", "source",
                         "site_frame", "mark", "point", "argument", "moment"))],
            ["UPDATE OR IGNORE %s SET %s = %d%s" %
             ("stat_chunk" if "figure" in self.tables else "stat",
              rng.choice(("domain", "thread")), rng.randint(0, 3), self.some())],
            ["UPDATE moment SET name = 'exit', kind = %d%s" % (rng.randint(0, 4), self.some())],
            ["UPDATE process SET ppid = pid" + self.some()],
            ["UPDATE process SET pid = (SELECT max(pid) FROM process), ppid = 0" + self.some()],
            ["UPDATE thread SET name = %s" % self.value("TEXT", rng.random() < 0.3)],
            ["DELETE FROM source", "INSERT OR IGNORE INTO source SELECT file, line, %s FROM frame"
             % self.value("TEXT", rng.random() < 0.3)],
            ["INSERT INTO mark SELECT NULL, time, %s FROM point LIMIT 50" %
             self.value("TEXT", False)],
            ["INSERT INTO point SELECT NULL, %s, current, peak, rss, blocks, allocations"
             " FROM point" % self.value("REAL", False)],
        ])

    def knots(self):
        """Paths that lead nowhere, or round."""
        rng = self.rng
        if "figure" in self.tables:
            return rng.choice([
                ["UPDATE trace_chunk SET nodes = replace(nodes, ',', '%s')" %
                 rng.choice((" ,", ",,", ",-", ",1e", ",9", ",99999999999", ",[", "],"))],
                ["UPDATE trace_chunk SET bits = %d" % rng.choice((0, 1, 2, 31, 32, 33, 63, 64))],
                ["UPDATE trace_chunk SET first = first %s%s" %
                 (rng.choice(("- 1", "+ 1", "* 2", "<< 20", "- 900")), self.some())],
            ])
        return rng.choice([
            ["UPDATE trace SET parent = id" + self.some()],
            ["UPDATE trace SET parent = (SELECT t.id FROM trace t WHERE t.id > trace.id LIMIT 1)"],
            ["UPDATE trace SET parent = CASE id WHEN 5 THEN 6 WHEN 6 THEN 5 ELSE parent END"],
        ])

    def hard(self):
        """What no writer wrote."""
        rng = self.rng
        table = rng.choice(sorted(self.tables))
        column, kind = rng.choice(self.tables[table])
        value = self.value(kind, rng.random() < 0.7)
        columns = ", ".join(name if name != column else value for name, _ in self.tables[table])
        return rng.choice([
            ["UPDATE OR REPLACE %s SET %s = %s%s" % (table, column, value, self.some())],
            ["INSERT OR REPLACE INTO %s SELECT %s FROM %s ORDER BY random() LIMIT 3" %
             (table, columns, table)],
            ["DELETE FROM %s" % table],
            ["DELETE FROM %s WHERE random() %% 4 = 0" % table],
            self.knots(),
            self.knots(),
            ["UPDATE %s SET %s = hex(zeroblob(%d)) LIMIT 1" %
             (table, column, 3 << 20), "UPDATE %s SET %s = hex(zeroblob(%d))" %
             (table, column, rng.choice((1000, 30000)))],
            # Without its rules a table takes anything.
            ["CREATE TABLE copied AS SELECT * FROM %s" % table, "DROP TABLE %s" % table,
             "ALTER TABLE copied RENAME TO %s" % table,
             "UPDATE %s SET %s = %s%s" % (table, column, rng.choice((value, "NULL")),
                                          self.some())],
            ["CREATE TABLE copied AS SELECT * FROM %s UNION ALL SELECT * FROM %s" %
             (table, table), "DROP TABLE %s" % table, "ALTER TABLE copied RENAME TO %s" % table],
        ])

    def structure(self):
        rng = self.rng
        table = rng.choice(sorted(self.tables))
        column = rng.choice(self.tables[table])[0]
        return rng.choice([
            ["DROP TABLE %s" % table],
            ["ALTER TABLE %s RENAME TO kept" % table, "CREATE VIEW %s AS SELECT * FROM kept" %
             table],
            ["DROP TABLE %s" % table, "CREATE VIEW %s AS WITH RECURSIVE n(id) AS (SELECT 1 UNION "
             "ALL SELECT id + 1 FROM n) SELECT %s FROM n" %
             (table, ", ".join("id AS %s" % name for name, _ in self.tables[table]))],
            ["ALTER TABLE %s RENAME COLUMN %s TO other" % (table, column)],
            ["ALTER TABLE %s DROP COLUMN %s" % (table, column)],
            ["ALTER TABLE %s ADD COLUMN extra DEFAULT 7" % table],
            ["CREATE TRIGGER t AFTER INSERT ON %s BEGIN DELETE FROM frame; END" % table],
            ["CREATE INDEX i ON %s(%s)" % (table, column)],
            ["PRAGMA user_version = %d" % rng.choice((0, 1, 2, 3, 4, 5, 6, 99, -1))],
            ["PRAGMA application_id = 7"],
            ["PRAGMA writable_schema = ON", "UPDATE sqlite_master SET rootpage = (SELECT rootpage "
             "FROM sqlite_master ORDER BY random() LIMIT 1) WHERE name = '%s'" % table],
            ["PRAGMA writable_schema = ON", "UPDATE sqlite_master SET rootpage = %d WHERE name ="
             " '%s'" % (rng.choice((0, 1, 2, 3, 9999, -1)), table)],
            ["PRAGMA writable_schema = ON", "UPDATE sqlite_master SET sql = replace(sql, 'INTEGER',"
             " 'BLOB')"],
            ["PRAGMA writable_schema = ON", "UPDATE sqlite_master SET sql = replace(sql,"
             " 'NOT NULL', 'AS (hex(zeroblob(1000000)))') WHERE name = '%s'" % table],
            ["DROP TABLE %s" % table, "CREATE VIRTUAL TABLE %s USING fts5(%s)" % (
                table, ", ".join(name for name, _ in self.tables[table]))],
            ["PRAGMA journal_mode=WAL"], ["PRAGMA encoding='UTF-16'", "VACUUM"],
            ["PRAGMA auto_vacuum=1", "VACUUM"],
        ])

    # ---- by bytes, behind the header ----

    def by_log(self):
        """A log beside the file, as a killed run leaves it, or what is no log at all."""
        if self.rng.random() < 0.3:
            self.done.append("a journal")
            with open(self.path + self.rng.choice(("-journal", "-wal")), "wb") as file:
                file.write(self.rng.choice((b"", b"\xd9\xd5\x05\xf9 \xa1c\xd7", b"log" * 999)) +
                           self.rng.randbytes(self.rng.choice((0, 100, 9000))))
            return
        whole = self.path + ".whole"
        os.rename(self.path, whole)
        db = sqlite3.connect(whole, isolation_level=None)
        for sql in ("PRAGMA journal_mode=WAL", "PRAGMA wal_autocheckpoint=0",
                    "UPDATE moment SET total = total + 1", "UPDATE frame SET line = line + 1"):
            db.execute(sql).fetchall()
        for end in ("", "-wal"):
            shutil.copyfile(whole + end, self.path + end)
        db.close()
        os.unlink(whole)
        if self.rng.random() < 0.8:
            self.by_bytes(self.path + "-wal", 0)

    def by_bytes(self, path, first):
        rng = self.rng
        with open(path, "rb") as file:
            data = bytearray(file.read())
        size = 4096
        pages = len(data) // size
        how = rng.choice(("bits", "bits", "bytes", "cells", "swap", "zero", "cut", "type"))
        self.done.append(how)
        if how in ("bits", "bytes"):
            for _ in range(rng.choice((1, 1, 2, 8, 40))):
                at = rng.randrange(first, len(data))
                data[at] = data[at] ^ 1 << rng.randrange(8) if how == "bits" else \
                    rng.choice((0, 1, 127, 128, 255))
        elif how == "cells":            # where a page says what it holds
            page = rng.randrange(1, pages) * size
            for _ in range(rng.randint(1, 6)):
                data[page + rng.randrange(0, 40)] = rng.choice((0, 1, 2, 5, 10, 13, 255))
        elif how == "swap" and pages > 2:
            a, b = (rng.randrange(1, pages) * size for _ in range(2))
            data[a:a + size], data[b:b + size] = data[b:b + size], data[a:a + size]
        elif how == "zero" and pages > 2:
            a = rng.randrange(1, pages) * size
            data[a:a + size] = bytes(size)
        elif how == "cut":
            del data[rng.randrange(size, len(data)):]
        elif how == "type" and pages > 2:
            data[rng.randrange(1, pages) * size] = rng.choice((2, 5, 10, 13, 0))
        with open(path, "wb") as file:
            file.write(data)


class Asker:
    """The commands, and what each of their answers must be like."""

    def __init__(self, memtop, bases, folder):
        self.memtop, self.bases, self.folder = memtop, bases, folder
        script = ["wait settled"]
        for tab in "1234567890":
            script += [tab, "End", "Enter", "Enter", "Esc", "Esc", "Home", ">", "Right", "+", "*",
                       "I", ":save-screen -"]
        script += [":by " + key for key in KEYS + LOOK_KEYS]
        script += ["c", "W", "d", "P", "End", "Enter", "7", "i", ":cumulative", "/", "type a", "Enter",
                   "n", "f", "type size > 0", "Tab", "Enter", ":save-screen -"]
        self.script = self.path("script")
        with open(self.script, "w", encoding="ascii") as keys:
            keys.write("\n".join(script) + "\n")
        self.environment = dict(
            os.environ, ASAN_OPTIONS="exitcode=86:detect_leaks=1:allocator_may_return_null=1",
            UBSAN_OPTIONS="exitcode=86:print_stacktrace=1", XDG_STATE_HOME=folder + "/state",
            XDG_CONFIG_HOME=folder + "/config")
        self.most = collections.Counter()

    def path(self, name):
        return os.path.join(self.folder, name)

    def commands(self, path, rng):
        """Some of the ways to ask, in turn so that each gets its share."""
        by = ["--by=" + key for key in KEYS + LOOK_KEYS]
        moments = ["", "@at-exit", "@peak", "@exit", "@1", "@here", "@live", "@0s", "@-0s", "@9d", "@mark:m"]
        file = path + rng.choice(moments[:3] if rng.random() < 0.8 else moments)
        every = rng.choice(([], ["--process=all"], ["--cumulative"], ["--raw"], ["--frames=2"],
                            ["--filter=size > 0"], ["--sort=count"]))
        yield ["report", rng.choice(by), file] + every
        yield ["report", rng.choice(by), "--json", file] + every
        yield ["export", "--format=" + rng.choice(FORMATS), file]
        choice = rng.random()
        if choice < 0.3:
            yield ["diff", rng.choice(by), rng.choice(("--json", "--csv", "--format=tracemalloc")),
                   rng.choice(self.bases), file]
        elif choice < 0.5:
            yield ["diff", rng.choice(by), path + rng.choice(("@peak", "@0s", "@mark:m")), path]
        elif choice < 0.85:
            yield ["open", "--play=" + self.script, path]
        elif choice < 0.95:
            yield ["report", rng.choice(by), "--csv", file]
        else:
            yield ["check", "--baseline=" + path, "--", "/bin/true"]

    def ask(self, words):
        """True: it was answered."""
        with tempfile.TemporaryFile(dir=self.folder) as out, \
                tempfile.TemporaryFile(dir=self.folder) as err:
            process = subprocess.Popen([self.memtop] + words, stdin=subprocess.DEVNULL, stdout=out,
                                       stderr=err, env=self.environment)
            timer = time.monotonic() + PATIENCE
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
                raise Wrong("no answer after %d s" % (time.monotonic() - timer + PATIENCE))
            out.seek(0)
            err.seek(0)
            self.judge(words, process.returncode, out.read(), err.read().decode("utf-8", "replace"))
            return process.returncode in (0, 1, 99)

    def judge(self, words, status, out, err):
        if "Sanitizer" in err or "runtime error" in err or status == 86:
            raise Wrong("a sanitizer says:\n" + err[:3000])
        if words[0] == "check":
            if status not in (0, 99, 125, 2) or any(c < " " and c != "\n" for c in err):
                raise Wrong("status %d: %s" % (status, err[:600]))
            return
        if status not in ((0, 1, 125) if words[0] == "open" else (0, 2, 125)):
            raise Wrong("status %d: %s" % (status, err[:600]))
        if (status != 0) != bool(err):
            raise Wrong("status %d and said %r" % (status, err[:600]))
        if status and not re.fullmatch(r"memtop: [ -~\u00a0-\U0010ffff]{15,900}\n", err):
            raise Wrong("no clear sentence: %r" % err[:600])
        if status and out and words[0] != "open":
            raise Wrong("refused, and printed %r" % out[:200])
        if not status and ("--json" in words or "--format=json" in words):
            json.loads(out.decode("utf-8"))
        elif not status and words[0] in ("report", "diff") and b"\x1b" in out:
            raise Wrong("an escape sequence in the answer")


def record_bases(folder):
    """A few small runs of different kinds, and one of an older format."""
    workers = os.path.join(B, "tests/workers")
    runs = (("api", [], [workers + "/api"]), ("tree", [], [workers + "/tree", "plain"]),
            ("sampled", ["--sample=1K"], [workers + "/leak"]),
            ("looked", ["--heap-at=exit"], [workers + "/leak"]),
            ("python", ["--nframe=4"], ["/usr/bin/python3", "-I", "-S", "-c",
                                        "x = [bytes(900 + i) for i in range(99)]"]))
    for name, options, words in runs:
        if not os.path.exists(words[0]):
            if words[0].startswith(workers):
                sys.exit("no %s: make check-programs" % words[0])
            continue                    # a machine without Python
        path = os.path.join(folder, name + ".memtop")
        done = subprocess.run([PLAIN, "record", "--quiet", "-o", path] + options + words,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        if done.returncode:
            sys.exit("no recording of %s: %s" % (name, done.stderr.decode()))
        yield path
    path = os.path.join(folder, "format3.memtop")
    db = sqlite3.connect(path)
    with open("tests/unit/collect/recording/format3.sql", encoding="ascii") as file:
        db.executescript(file.read())
    db.close()
    yield path


def take_sanitized(folder):
    """The sanitized program beside the tracer, which is never built so."""
    built = os.path.join(B, "asan/memtop")
    if not os.path.exists(built):
        print("without sanitizers: no %s" % os.path.relpath(built))
        return PLAIN
    os.symlink(os.path.join(B, "libmemtop.so"), os.path.join(folder, "libmemtop.so"))
    shutil.copy(built, os.path.join(folder, "memtop"))
    return os.path.join(folder, "memtop")


def one(number, seed, asker, folder):
    """0 or 1 for: it got past the first refusal; and what was wrong."""
    path = os.path.join(folder, "%d.memtop" % number)
    mutator = Mutator(path, "%d/%d" % (seed, number))
    mutator.make(asker.bases)
    answered, wrongs = 0, []
    for words in asker.commands(path, mutator.rng):
        try:
            answered |= asker.ask(words)
        except (Wrong, ValueError) as wrong:
            wrongs.append("mutation %d (SEED=%d) by %s: memtop %s: %s" % (
                number, seed, "; ".join(map(ascii, mutator.done))[:1200], " ".join(words), wrong))
    if os.environ.get("ONLY_MUTATION"):
        shutil.copyfile(path, "mutated.memtop")
    for end in ("", "-wal", "-shm", "-journal"):
        if os.path.exists(path + end):
            os.unlink(path + end)
    return answered, wrongs


def sound(asker):
    """The recordings as they are, through every command: each must be answered."""
    a, b = asker.bases[:2]
    for by in KEYS:
        yield ["report", "--by=" + by, a]
        yield ["diff", "--by=" + by, "--json", a, b]
    for name in FORMATS:
        yield ["export", "--format=" + name, b]
    yield ["open", "--play=" + asker.script, a]
    for growth in ("10G", "0"):
        yield ["check", "--baseline=" + b, "--max-growth=" + growth, "--",
               os.path.join(B, "tests/workers/api")]


def main():
    seed = int(os.environ.get("SEED", time.time_ns() % 1000000))
    print("SEED=%d" % seed)
    with tempfile.TemporaryDirectory() as folder:
        bases = list(record_bases(folder))
        asker = Asker(take_sanitized(folder), bases, folder)
        only = os.environ.get("ONLY_MUTATION")
        numbers = [int(only)] if only else range(MUTATIONS)
        past, failures = 0, 0
        for words in sound(asker):
            try:
                if not asker.ask(words):
                    raise Wrong("refused")
            except (Wrong, ValueError) as wrong:
                failures += 1
                print("FAIL: unchanged: memtop %s: %s" % (" ".join(words), wrong), flush=True)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for done, (answered, wrongs) in enumerate(
                    pool.map(lambda number: one(number, seed, asker, folder), numbers)):
                past += answered
                failures += len(wrongs)
                for wrong in wrongs:
                    print("FAIL: " + wrong, flush=True)
                if done % 500 == 499:
                    print("%d mutations, %d past the first refusal, %d failures" %
                          (done + 1, past, failures), flush=True)
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10
    if most > MEMORY:
        failures += 1
        print("FAIL: one took %d MiB" % (most >> 20))
    print("%d mutations, %d of them past the first refusal, %d failures, at most %d MiB" %
          (len(numbers), past, failures, most >> 20))
    sys.exit(1 if failures else 0)


main()
