#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of share/examples/ci, run as they are written: a job on the main branch passes and
becomes the baseline, a later one that takes more memory fails, and both leave what the files
promise.  Only what would change this machine is replaced: apt-get, sudo, the clone, and
where make installs to."""
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as tree

try:
    import yaml
except ImportError:
    print("no yaml of Python to read the pipelines")
    sys.exit(77)

SOURCE = os.getcwd()
BUILD = os.path.abspath(os.environ.get("B", "build"))
EXAMPLES = os.path.join(SOURCE, "share/examples/ci")
# test_parser of the project that is tested: it holds ROWS rows at once.
PROJECT = """
#include <stdlib.h>
int main(void)
{
	void *rows[ROWS];
	for (int i = 0; i < ROWS; i++)
		rows[i] = malloc(1000);
	for (int i = 0; i < ROWS; i++)
		free(rows[i]);
	return 0;
}
"""
REPLACED = {
    "apt-get": 'exit 0',
    "sudo": 'exec "$@"',
    "git": '[ "$1" = clone ] || exit 1; for last; do :; done; ln -s "$SOURCE" "$last"',
}


class Place:
    """A machine of the CI system, with the project checked out at `folder`."""

    def __init__(self, folder):
        self.folder, self.prefix = os.path.join(folder, "work"), os.path.join(folder, "usr")
        binaries = os.path.join(folder, "bin")
        os.makedirs(os.path.join(self.folder, "ci"))
        os.mkdir(binaries)
        for name, text in REPLACED.items():
            path = os.path.join(binaries, name)
            with open(path, "w", encoding="ascii") as script:
                script.write("#!/bin/sh\n" + text + "\n")
            os.chmod(path, 0o755)
        shutil.copy(os.path.join(EXAMPLES, "memory.sh"), os.path.join(self.folder, "ci"))
        self.environment = dict(
            os.environ, SOURCE=SOURCE, MAKEFLAGS=f"B={BUILD} PREFIX={self.prefix}",
            PATH=os.pathsep.join((binaries, self.prefix + "/bin", os.environ["PATH"])))
        for name in ("MEMTOP", "B", "MAKELEVEL", "MFLAGS"):
            self.environment.pop(name, None)

    def check_out(self, rows):
        for name in os.listdir(self.folder):
            if name not in ("ci", ".memtop"):
                os.unlink(os.path.join(self.folder, name))
        with open(self.path("test_parser.c"), "w", encoding="ascii") as source:
            source.write(PROJECT.replace("ROWS", str(rows)))

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, text, more):
        """The text's status, as the shells of both systems run it."""
        done = subprocess.run(["bash", "-eo", "pipefail", "-c", text], cwd=self.folder,
                              env={**self.environment, **more}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            print(f"{text.strip()}: {done.returncode}\n{done.stdout.decode()}")
        return done.returncode


def is_due(condition, passed, branch):
    """What the conditions of these files mean; one that is new here is none of them."""
    meaning = {None: passed, "always()": True,
               "github.ref == 'refs/heads/main'": passed and branch == "main"}
    return meaning[condition]


def github(place, rows, branch, cache):
    """Runs the job; (its first failed status or 0, what the artifact has, the summary)."""
    with open(os.path.join(EXAMPLES, "github.yml"), encoding="utf-8") as file:
        steps = yaml.safe_load(file)["jobs"]["memory"]["steps"]
    place.check_out(rows)
    summary = os.path.join(os.path.dirname(place.folder), "summary")
    open(summary, "w", encoding="ascii").close()
    status, kept, used = 0, [], []
    for step in steps:
        if not is_due(step.get("if"), status == 0, branch):
            continue
        what, path = step.get("uses", "").split("@")[0], step.get("with", {}).get("path")
        used.append(what)
        if "run" in step:
            more = {"GITHUB_STEP_SUMMARY": summary, **step.get("env", {})}
            status = place.run(step["run"], more) or status
        elif what == "actions/checkout" and path and not os.path.exists(place.path(path)):
            os.symlink(SOURCE, place.path(path))
        elif what == "actions/cache/restore" and os.path.exists(cache):
            shutil.copy(cache, place.path(path))
        elif what == "actions/cache/save":
            shutil.copy(place.path(path), cache)
        elif what == "actions/upload-artifact":
            kept = sorted(map(os.path.basename, glob.glob(place.path(path))))
    assert used.count("actions/checkout") == 2 and "actions/upload-artifact" in used, used
    with open(summary, encoding="utf-8") as file:
        return status, kept, file.read()


def check_github(folder):
    place, cache = Place(folder), os.path.join(folder, "cache")
    every = ["memory.md", "memory.memtop", "memory.xml"]
    status, kept, summary = github(place, 100, "main", cache)
    assert (status, kept) == (0, every) and "check passed" in summary, (status, kept, summary)
    assert os.path.exists(place.prefix + "/bin/memtop"), "memtop is not installed"
    with open(cache, "rb") as file:
        baseline = file.read()
    status, kept, summary = github(place, 200, "topic", cache)
    assert (status, kept) == (99, every), (status, kept)
    assert "check failed" in summary and "max-growth" in summary, summary
    assert github(place, 200, "main", cache)[0] == 99
    with open(cache, "rb") as file:
        assert file.read() == baseline, "a failed run became the baseline"


def gitlab(place, rows):
    """Runs the job; its first failed status or 0, and the job's description."""
    with open(os.path.join(EXAMPLES, "gitlab.yml"), encoding="utf-8") as file:
        job = yaml.safe_load(file)["memory"]
    place.check_out(rows)
    elsewhere = os.path.join(os.path.dirname(place.folder), "memtop")
    if os.path.islink(elsewhere):
        os.unlink(elsewhere)
    text = "\n".join(job["before_script"] + job["script"]).replace("/tmp/memtop", elsewhere)
    return place.run(text, job["variables"]), job


def check_gitlab(folder):
    place = Place(folder)
    for rows, wanted in ((100, 0), (100000, 99)):       # above the job's own MAX_PEAK
        status, job = gitlab(place, rows)
        assert status == wanted, (rows, status)
        for path in job["artifacts"]["paths"]:
            assert os.path.getsize(place.path(path)), path
        root = tree.parse(place.path(job["artifacts"]["reports"]["junit"])).getroot()
        failures = sum(int(suite.get("failures", 0)) for suite in root.iter("testsuite"))
        assert (failures > 0) == (wanted == 99), failures


def main():
    for check in (check_github, check_gitlab):
        with tempfile.TemporaryDirectory() as folder:
            check(folder)


main()
