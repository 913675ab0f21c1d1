#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What memtop calls unreachable at a program's end beside memcheck, and LeakSanitizer for
programs of our own: by line where there is debug information, else by module.

    tests/bench/judges.py [NAME...]

A line for each program, and one for each place of which two say different things.  memcheck
has no heuristics here, so "possibly lost" is what "inside only" is.  Status 1 if memcheck
says something else of one of our own programs (but THREADS), 77 if there is no memcheck."""
import collections
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

MEMTOP = os.path.abspath(os.environ.get("MEMTOP", "build/memtop"))
CC = os.environ.get("CC", "gcc").split()[0]
CXX = os.environ.get("CXX", "g++").split()[0]
SCRUB = r"""
static void __attribute__((noinline)) scrub(void)
{ volatile char room[262144]; memset((void *)room, 0, sizeof room);
  __asm__ volatile("" : : "r"(room) : "memory"); }
"""
OWN = {
    "lists.c": r"""
#include <stdlib.h>
#include <string.h>
struct node { struct node *next; };
struct node *kept; char *inside;
static void __attribute__((noinline)) lose(void)
{
	for (int i = 0; i < 5; i++)
		memset(malloc(100), 0, 100);
}
static void __attribute__((noinline)) lose_list(void)
{
	struct node *head = calloc(1, 16);
	head->next = calloc(1, 32);
	head->next->next = calloc(1, 48);
}
static void __attribute__((noinline)) hold(void)
{
	kept = calloc(1, 64);
	kept->next = calloc(1, 80);
	inside = (char *)calloc(1, 200) + 64;
}
SCRUB int main(void) { lose(); lose_list(); hold(); scrub(); return 0; }
""",
    "cycle.c": r"""
#include <stdlib.h>
#include <string.h>
struct node { struct node *next; };
static void __attribute__((noinline)) lose_cycle(void)
{
	struct node *one = calloc(1, 24);
	struct node *two = calloc(1, 40);
	one->next = two;
	two->next = one;
}
static void __attribute__((noinline)) lose_grown(void)
{
	char *text = malloc(10);
	text = realloc(text, 3000);
	memset(text, 0, 3000);
}
SCRUB int main(void) { lose_cycle(); lose_grown(); scrub(); return 0; }
""",
    "threads.c": r"""
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
static pthread_key_t key; static __thread char *own; char *table[4];
static void *work(void *user)
{
	own = calloc(1, 77);
	pthread_setspecific(key, calloc(1, 88));
	table[(long)user] = calloc(1, 99);
	return NULL;
}
int main(void)
{
	pthread_t thread[4];
	pthread_key_create(&key, NULL);
	for (long i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, work, (void *)i);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	return 0;
}
""",
    "objects.cc": r"""
#include <cstring>
#include <memory>
#include <string>
#include <vector>
struct peer { std::shared_ptr<peer> other; long room[4]; };
struct base { virtual ~base() {} long a = 0; };
struct second { virtual ~second() {} long b = 0; };
struct both : base, second { };
static std::vector<int *> numbers; static second *view;
static void __attribute__((noinline)) lose()
{
	auto one = std::make_shared<peer>(), two = std::make_shared<peer>();
	one->other = two;
	two->other = one;
	for (int i = 0; i < 3; i++)
		numbers.push_back(new int(i));
	new std::string(100, 'x');
	view = new both;
}
SCRUB int main() { lose(); scrub(); }
""",
    "statement.c": r"""
#include <sqlite3.h>
#include <string.h>
static void __attribute__((noinline)) lose(void)
{
	sqlite3 *base; sqlite3_stmt *statement;
	sqlite3_open(":memory:", &base);
	sqlite3_prepare_v2(base, "select 1", -1, &statement, NULL);
	sqlite3_close_v2(base);
}
SCRUB int main(void) { lose(); scrub(); return 0; }
""",
}
THREADS = "threads.c"            # memtop takes stacks that ended threads left for roots
LINKED = {"statement.c": ["-lsqlite3"], THREADS: ["-pthread"]}
DEBIAN = {
    "gawk": ["gawk", 'BEGIN { for (i = 0; i < 99; i++) a[i] = i; print length(a) }'],
    "git": ["git", "--no-pager", "config", "--list"],
    "sqlite3": ["sqlite3", ":memory:", "create table t (a); insert into t values (1); select * from t"],
    "perl": ["perl", "-e", "my %h = map { $_ => 1 } 1 .. 99; print scalar(keys %h), qq(\\n)"],
    "xmllint": ["xmllint", "--noout", "@xml"],
    "gcc": ["gcc", "-c", "-o", "@object", "@source"],
    "date": ["date"],
    "bash": ["bash", "-c", "x=(1 2 3); echo ${x[1]}"],
    "ls": ["ls", "-l", "/"],
    "tar": ["tar", "-cf", "@archive", "@source"],
    "sort": ["sort", "@source"],
    "grep": ["grep", "-c", "include", "@source"],
    "sed": ["sed", "s/a/b/", "@source"],
    "find": ["find", "@folder"],
    "diff": ["diff", "@source", "@source"],
}
Lost = collections.namedtuple("Lost", "bytes blocks")


def place(function, file, line, module):
    """A line, or what stands for it where there is no debug information."""
    if file and line:
        name = re.split(r"[(<]", function or "?")[0].split("::")[-1].lstrip("_")
        return "%s (%s:%s)" % (name, os.path.basename(file), line)
    return re.sub(r"\.so[.\d]*$", ".so", os.path.basename(module or "?"))


def add(to, key, size, blocks):
    if size or blocks:
        to[key] = Lost(to[key].bytes + size, to[key].blocks + blocks) if key in to else Lost(size, blocks)


def by_memtop(command):
    path = os.path.join(FOLDER, "run.memtop")
    subprocess.run([MEMTOP, "record", "--quiet", "--force", "--follow=exec", "--heap-at=exit",
                    "-o", path, "--", *command],
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    done = subprocess.run([MEMTOP, "report", "--json", "--raw", "--by=traceback", path + "@1"],
                          stdout=subprocess.PIPE, check=True)
    lost, inside = {}, {}
    for row in json.loads(done.stdout.decode())["statistics"]:
        frame = (row["traceback"] or [{}])[-1]
        key = place(frame.get("function"), frame.get("file"), frame.get("line"), frame.get("module"))
        add(lost, key, row["unreachable"], row["unreachable_blocks"])
        add(inside, key, row["inside"], row["inside_blocks"])
    return lost, inside


def by_memcheck(command):
    path = os.path.join(FOLDER, "memcheck.xml")
    subprocess.run(["valgrind", "--leak-check=full", "--leak-check-heuristics=none", "--xml=yes",
                    "--child-silent-after-fork=yes", "--xml-file=" + path,
                    "--show-leak-kinds=definite,indirect,possible", *command],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    lost, possibly = {}, {}
    for error in xml.parse(path).getroot().findall("error"):
        what = error.find("xwhat")
        if not error.findtext("kind").startswith("Leak_"):
            continue
        direct = re.search(r"\(([\d,]+) direct", what.findtext("text"))
        size = int(direct.group(1).replace(",", "") if direct else what.findtext("leakedbytes"))
        frame = next(f for f in error.findall("stack/frame")
                     if "vgpreload" not in (f.findtext("obj") or ""))
        key = place(frame.findtext("fn"), frame.findtext("file"), frame.findtext("line"),
                    frame.findtext("obj"))
        add(possibly if error.findtext("kind") == "Leak_PossiblyLost" else lost, key, size,
            int(what.findtext("leakedblocks")))
    return lost, possibly


def by_sanitizer(command):
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False,
                          env=dict(os.environ, LSAN_OPTIONS="detect_leaks=1"))
    lost, sizes = {}, None
    for line in done.stderr.decode("utf-8", "replace").splitlines():
        head = re.match(r"(?:Direct|Indirect) leak of (\d+) byte\(s\) in (\d+) object", line)
        frame = re.match(r"\s+#(\d+) \S+ in (.+?) (\S+?):(\d+)(?::\d+)?$", line)
        other = re.match(r"\s+#(\d+) \S+\s+(?:in .* )?\(?(\S+?)\+0x", line)
        if head:
            sizes = [int(n) for n in head.groups()]
        elif sizes and (frame or other) and (frame or other).group(1) != "0":
            key = (place(frame.group(2), frame.group(3), frame.group(4), None) if frame else
                   place(None, None, None, other.group(2)))
            add(lost, key, *sizes)
            sizes = None
    return lost


def build(name, compiler, flags):
    source = os.path.join(FOLDER, name)
    with open(source, "w", encoding="utf-8") as file:
        file.write(OWN[name].replace("SCRUB", SCRUB))
    to = os.path.join(FOLDER, compiler.replace("/", "_") + "-" + name.split(".")[0])
    subprocess.run([compiler, "-g", "-O0", "-w", "-fno-builtin", *flags, "-o", to, source,
                    *LINKED.get(name, [])], check=True)
    return [to]


def sanitized(name):
    """The same built for LeakSanitizer; None: there is no clang, or it has none."""
    compiler = "clang++" if name.endswith("cc") else "clang"
    try:
        return build(name, compiler, ["-fsanitize=leak"])
    except (OSError, subprocess.CalledProcessError):
        return None


def figure(found):
    return "%s B in %s" % (sum(l.bytes for l in found.values()), sum(l.blocks for l in found.values()))


def differences(name, judge, ours, theirs):
    return ["%s: %s: memtop %s, %s %s" % (name, key, tuple(ours.get(key, (0, 0))), judge,
                                          tuple(theirs.get(key, (0, 0))))
            for key in sorted(set(ours) | set(theirs)) if ours.get(key) != theirs.get(key)]


def judge(name, command, checked):
    lost, inside = by_memtop(command)
    memcheck, possibly = by_memcheck(command)
    found = differences(name, "memcheck", lost, memcheck)
    found += differences(name + ", inside only", "memcheck", inside, possibly)
    sanitizer = by_sanitizer(checked) if checked else None
    others = differences(name, "LeakSanitizer", lost, sanitizer) if checked else []
    print("| %s | %s | %s | %s | %s | %s |" %
          (name, figure(lost), figure(memcheck), "-" if sanitizer is None else figure(sanitizer),
           figure(inside), figure(possibly)), flush=True)
    return found, others


def words_of(command):
    names = {"@xml": "in.xml", "@source": "in.c", "@object": "in.o", "@archive": "in.tar", "@folder": ""}
    for name, text in (("in.xml", "<a><b c='d'/></a>\n"), ("in.c", "#include <stdio.h>\nint x;\n")):
        with open(os.path.join(FOLDER, name), "w", encoding="utf-8") as file:
            file.write(text)
    return [os.path.join(FOLDER, names[word]) if word in names else word for word in command]


def main():
    if not shutil.which("valgrind"):
        print("there is no valgrind")
        return 77
    wanted = sys.argv[1:]
    wrong, others = [], []
    print("| program | memtop: unreachable | memcheck: definitely, indirectly | LeakSanitizer | "
          "memtop: inside only | memcheck: possibly |\n|---|---|---|---|---|---|")
    for name in [name for name in OWN if not wanted or name in wanted]:
        compiler = CXX if name.endswith("cc") else CC
        found, more = judge(name, build(name, compiler, []), sanitized(name))
        others += found + more if name == THREADS else more
        wrong += [] if name == THREADS else found
    for name in [name for name in DEBIAN if not wanted or name in wanted]:
        if shutil.which(DEBIAN[name][0]):
            others += judge(name, words_of(DEBIAN[name]), None)[0]
    print("\n".join(["", *wrong, *others]))
    return 1 if wrong else 0


if __name__ == "__main__":
    FOLDER = tempfile.mkdtemp()
    os.environ["PERL_HASH_SEED"] = "0"      # else no two runs of perl are alike
    try:
        status = main()
    finally:
        shutil.rmtree(FOLDER)
    sys.exit(status)
