#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that run already, whose code is made at run time: after attaching, the stacks of native
memory have the names of JavaScript, Python and Java functions, from the perf map."""
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import attached                                                         # noqa: E402
from attached import MEMTOP, PATIENCE, attach, detach, fail             # noqa: E402

# Each does its work once for each line, and says so.
NODE = r"""
const zlib = require('zlib');
function packMine() { return zlib.deflateRawSync(Buffer.alloc(20000, 7)); }
console.log('ready ' + process.pid);
require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
	if (line === 'quit')
		process.exit(0);
	for (let i = 0; i < 300; i++)
		packMine();
	console.log('done');
});
"""
PYTHON = r"""
import os, sys, zlib
def pack_mine():
    return zlib.compress(b"7" * 20000)
print("ready", os.getpid(), flush=True)
for line in sys.stdin:
    if line == "quit\n":
        break
    for i in range(300):
        pack_mine()
    print("done", flush=True)
"""
JAVA = r"""
import java.io.*;
import java.util.zip.Deflater;
public class Packs {
	static int packMine(byte[] from, byte[] to) {
		Deflater deflater = new Deflater();
		deflater.setInput(from);
		deflater.finish();
		int length = deflater.deflate(to);
		deflater.end();
		return length;
	}
	public static void main(String[] arguments) throws IOException {
		BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
		byte[] from = new byte[500], to = new byte[1000];
		System.out.println("ready " + ProcessHandle.current().pid());
		for (String line; (line = input.readLine()) != null && !line.equals("quit");) {
			for (int i = 0; i < 20000; i++)
				packMine(from, to);
			System.out.println("done");
		}
	}
}
"""


def named(program, function):
    """It is attached to; what it allocates then has this function in its stacks."""
    program.ask("warm")
    recorder = attach(program.pid)
    attached.answered(recorder, program.pid)
    for _ in range(3):
        program.ask("work")
    detach(recorder)
    program.end()
    rows = json.loads(subprocess.check_output(
        [MEMTOP, "report", "--json", "--by=function", "--cumulative", "--sort=total",
         "r.memtop@peak"], timeout=PATIENCE))["statistics"]
    if not any(function in row["key"] for row in rows):
        fail("no %s in %s" % (function, [row["key"] for row in rows][:40]))
    print(function)


def written(name, text):
    with open(name, "w", encoding="ascii") as file:
        file.write(text)
    return name


def started(*command):
    program = attached.Program(*command)
    tried.append(program.pid)
    return program


def java():
    if not all(map(shutil.which, ("java", "javac", "jcmd"))):
        return
    subprocess.check_call(["javac", written("Packs.java", JAVA)])
    # What is compiled behind the map's back would have no name.
    program = started("java", "-Xbatch", "-XX:+PreserveFramePointer", "-cp", ".", "Packs")
    for _ in range(3):
        program.ask("warm")
    made = subprocess.run(["jcmd", str(program.pid), "Compiler.perfmap"], check=False,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if made.returncode == 0 and os.path.exists("/tmp/perf-%d.map" % program.pid):
        named(program, "java.util.zip.Deflater.")
    else:
        program.end()                   # before Java 17


def python():
    """-X perf is there since 3.12."""
    for path in (shutil.which("python3.12"), shutil.which("python3.13"),
                 *glob.glob(os.path.expanduser("~/.pyenv/versions/3.1[23].*/bin/python3"))):
        probe = path and subprocess.run(
            [path, "-X", "perf", "-c", "import os, zlib; print(os.getpid())"], check=False,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if path and probe.returncode == 0:
            tried.append(int(probe.stdout))
            named(started(path, "-X", "perf", written("packs.py", PYTHON)), "pack_mine")
            return


def node():
    if shutil.which("node"):
        named(started("node", "--perf-basic-prof", "--interpreted-frames-native-stack",
                      written("packs.js", NODE)), "packMine")


tried = []
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    os.environ["XDG_CACHE_HOME"] = folder
    try:
        node()
        python()
        java()
    finally:
        for pid in tried:
            if os.path.exists("/tmp/perf-%d.map" % pid):
                os.unlink("/tmp/perf-%d.map" % pid)
if not tried:
    print("neither node nor python3.12 nor java is there")
    sys.exit(77)
