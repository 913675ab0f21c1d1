#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The files of share/examples/ci: the script leaves what its head says, with each of its
# variables, and the two pipelines are YAML that call it.
. tests/lib.sh
examples=$PWD/share/examples/ci
report=$B/examples/build_report
mkdir "$T/bin" "$T/work"
ln -s "$MEMTOP" "$T/bin/memtop"
PATH=$T/bin:$PATH
cd "$T/work" || exit 1

expect 0 env MAX_PEAK=5M MAX_EXIT=0 "$examples/memory.sh" "$report"
[ "$(echo memory.*)" = 'memory.md memory.memtop memory.xml' ] || fail "files: $(ls)"
said 'check passed'
expect 99 env MAX_PEAK=5M "$examples/memory.sh" "$report" 20000
grep -q 'check failed' memory.md || fail "the second run left the first one's summary"
expect 3 "$examples/memory.sh" sh -c 'exit 3'

# Compared with a baseline, and without what is known.
expect 0 "$examples/memory.sh" "$report" 20000
mv memory.memtop baseline.memtop
expect 0 "$examples/memory.sh" "$report" 20000
expect 99 "$examples/memory.sh" "$report" 30000
expect 0 env MAX_GROWTH=60% "$examples/memory.sh" "$report" 30000
mkdir tests
printf '[rows]\nfilter = any.function = make_row\nreason = known\n' >tests/known-leaks
rm baseline.memtop
expect 0 env MAX_PEAK=5M "$examples/memory.sh" "$report" 20000
grep -q 'suppressed `rows`' memory.md || fail "known leaks are not used"

python3 -c 'import yaml' 2>/dev/null || skip "the script works; no yaml of Python to read the pipelines"
python3 - "$examples" <<'END' || fail "a pipeline"
import sys, yaml
pod = yaml.safe_load(open(sys.argv[1] + "/../containers/memtop.yaml"))["spec"]
assert pod["shareProcessNamespace"] and len(pod["containers"]) == 2, pod
mounts = {v["name"] for v in pod["volumes"]}
for one in pod["containers"] + pod["initContainers"]:
    assert {m["name"] for m in one["volumeMounts"]} <= mounts, one
github = yaml.safe_load(open(sys.argv[1] + "/github.yml"))
steps = github["jobs"]["memory"]["steps"]
assert any("ci/memory.sh" in step.get("run", "") for step in steps)
assert all("run" in step or "uses" in step for step in steps)
gitlab = yaml.safe_load(open(sys.argv[1] + "/gitlab.yml"))["memory"]
assert any("ci/memory.sh" in line for line in gitlab["script"])
assert gitlab["artifacts"]["reports"]["junit"] in gitlab["artifacts"]["paths"]
END
exit 0
