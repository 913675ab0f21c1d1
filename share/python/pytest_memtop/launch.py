# SPDX-License-Identifier: MIT
"""pytest alone, and memtop around it: it is started again under memtop, or it is said why
that cannot be."""
import os
import shutil
import subprocess
import sys

STARTED = "PYTEST_MEMTOP_STARTED"       # in the environment: pytest has been started again
PROGRAMS = ("pytest", "pytest-3", "py.test", "py.test-3")


def find_memtop():
    """$MEMTOP, the one on PATH, or the one that this plugin was installed with; else None."""
    named = os.environ.get("MEMTOP")
    if named:
        return shutil.which(named)
    share = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(
        os.path.abspath(__file__)))))
    return shutil.which("memtop") or shutil.which(os.path.join(share, "..", "bin", "memtop"))


def is_program():
    """Whether this process is pytest, and no program that calls pytest.main."""
    main = sys.modules.get("__main__")
    spec = getattr(main, "__spec__", None)
    if spec is not None:
        return spec.name in ("pytest", "pytest.__main__")
    return os.path.basename(sys.argv[0]) in PROGRAMS


def command(config):
    """How this pytest was called."""
    words = getattr(sys, "orig_argv", None)     # Python 3.10
    if words:
        return [sys.executable] + list(words[1:])
    return [sys.executable, "-m", "pytest"] + [str(word) for word in config.invocation_params.args]


def restart(config):
    """Does not return; or returns in a few words why it could not."""
    memtop = find_memtop()
    if hasattr(config, "workerinput"):
        return "xdist's workers run without memtop; start all of them by pytest --memtop=on"
    if os.environ.get(STARTED):
        return "memtop could not trace this pytest"
    if not is_program():
        return "pytest runs within another program, which would have to be started anew"
    if memtop is None:
        return "no program memtop is found on PATH, nor by the variable MEMTOP"
    capture = config.pluginmanager.getplugin("capturemanager")
    if capture is not None:
        capture.suspend_global_capture(in_=True)
    print("memtop: starting pytest again, under memtop", flush=True)
    sys.stderr.flush()
    os.environ[STARTED] = "1"
    os.chdir(str(config.invocation_params.dir))
    try:
        os.execv(memtop, [memtop, "check", "--quiet", "--"] + command(config))
    except OSError as error:
        del os.environ[STARTED]
        return f"cannot start {memtop}: {error.strerror}"


def untraced_environment():
    """This process's, without what makes its children part of this run."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith("MEMTOP_") and name != STARTED}
    libraries = [name for name in kept.pop("LD_PRELOAD", "").replace(":", " ").split()
                 if "libmemtop" not in name]
    if libraries:
        kept["LD_PRELOAD"] = ":".join(libraries)
    return kept


def record(nodeid, path, folder):
    """Runs that test once more, alone, and records it.  None, or why not."""
    memtop = find_memtop()
    if memtop is None:
        return "no program memtop is found"
    words = [memtop, "record", "--quiet", "--force", "-o", path, "--", sys.executable, "-m",
             "pytest", "-q", "-p", "no:cacheprovider", "-p", "pytest_memtop", "--memtop=off", nodeid]
    environment = untraced_environment()
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    environment["PYTHONPATH"] = os.pathsep.join(
        [own] + [environment["PYTHONPATH"]] * ("PYTHONPATH" in environment))
    done = subprocess.run(words, cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if os.path.exists(path):
        return None
    text = done.stdout.decode("utf-8", "replace").strip().split("\n")
    return text[-1] or f"status {done.returncode}"
