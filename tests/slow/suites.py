#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# timeout: 7200
"""The test suites of other people's programs, outside and in a sandbox: each single test ends alike.

What is not alike is named below with the wall that it runs into; anything else is a failure, and so is a difference that
is named and has gone.  zlib's and a part of Python's by default; with SBOX_TEST_SLOW=1 more of Python's, jq's and git's.
Sources come from Debian, by apt, into the test's own directory."""
import fnmatch
import glob
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.join(os.environ["TOP_SRCDIR"], "tests", "lib"))
from sboxtest import SBOX, finish, ok, skip  # noqa: E402

SLOW = bool(os.environ.get("SBOX_TEST_SLOW"))
TOP = os.getcwd()
JOBS = f"-j{os.cpu_count()}"


class Unavailable(Exception):
    """Why a suite cannot be run here."""


def do(*command, cwd=None, log="log"):
    """Runs it; its output is kept in a file."""
    with open(os.path.join(TOP, log), "ab") as f:
        return subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=f, stderr=subprocess.STDOUT, check=False).returncode


# ---- sources ----

def apt(*args):
    """apt, with lists and cache of its own, and the sources of whatever the machine has binaries from."""
    return do("apt-get", "-q", "-o", f"Dir::State::Lists={TOP}/apt/lists", "-o", f"Dir::Cache={TOP}/apt/cache",
              "-o", f"Dir::Etc::SourceList={TOP}/apt/sources.list", "-o", "Dir::Etc::SourceParts=/dev/null",
              "-o", "Acquire::Retries=2", "-o", "Acquire::http::Timeout=30", *args, cwd=f"{TOP}/apt")


def apt_ready():
    """Says once where sources are, and fetches the list of them."""
    if os.path.exists("apt/sources.list"):
        return
    if not shutil.which("apt-get") or not shutil.which("dpkg-source"):
        raise Unavailable("apt-get and dpkg-source are needed, which fetch and unpack sources")
    os.makedirs("apt/lists/partial")
    os.makedirs("apt/cache/archives/partial")
    targets = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME) $(COMPONENT)", "Created-By: Packages",
                              "Origin: Debian", "Component: main"], stdout=subprocess.PIPE, check=False, text=True).stdout
    with open("apt/sources.list", "w", encoding="utf-8") as f:
        # not the updates: a mirror may list sources there that it has not
        f.write("".join(f"deb-src {line}\n" for line in sorted(set(targets.splitlines())) if "-" not in line.split()[1]))
    if apt("update") != 0:
        raise Unavailable("no list of Debian's sources can be fetched")


def source(package):
    """Unpacks the source of a package; its directory."""
    apt_ready()
    if apt("source", package) != 0:
        raise Unavailable(f"the source of {package} cannot be fetched")
    return next(path for path in glob.glob(f"{TOP}/apt/{package}-*") if os.path.isdir(path))


def build(tree, *commands):
    for command in commands:
        if do(*command, cwd=tree) != 0:
            raise Unavailable(f"{' '.join(command)} fails: what it needs to be built is not installed")


# ---- results: {test: word} ----

def results_of_lines(text):
    """Each line is a test, and how often it is there its result."""
    results = {}
    for line in text.splitlines():
        results[line] = results.get(line, 0) + 1
    return results


def results_of_tap(text):
    """As git's suite writes them, script by script: `==> t0001-init`, `ok 1 - name`, `not ok 2 - name # TODO known breakage`."""
    results, script = {}, ""
    for line in text.splitlines():
        if line.startswith("==> "):
            script = line[4:]
        match = re.match(r"(ok|not ok) (\d+)(?: # (skip))?", line)
        if match:
            results[f"{script} {match[2]}"] = match[3] or match[1]
    return results


def results_of_junit(text):
    """A test that could not even be begun has an error of its own; one of which a part failed has no name, so it was not run."""
    results = {}
    for case in ElementTree.fromstring(text).iter("testcase"):
        if not case.get("name"):
            continue
        words = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
        results[case.get("name")] = words[0] if words else "ok"
    return results


# ---- suites ----

def zlib():
    tree = source("zlib")
    build(tree, ["./configure"], ["make", JOBS])
    return tree, "make -s check", results_of_lines


def jq():
    if not os.path.exists("/usr/include/oniguruma.h"):
        raise Unavailable("libonig-dev is needed to build it")
    tree = source("jq")
    build(tree, ["autoreconf", "-fi"], ["./configure", "--disable-docs", "--disable-valgrind", "--disable-maintainer-mode"],
          ["make", JOBS, "CFLAGS=-O0 -D_GNU_SOURCE"])
    # the names of its own temporary files are in what it prints
    return tree, "make -s check > /dev/null; sed 's,/tmp/jq[A-Za-z0-9]*,TMP,g' tests/*.log", results_of_lines


def git():
    tree = source("git")
    build(tree, ["make", JOBS, "CFLAGS=-O0", "NO_CURL=1", "NO_EXPAT=1", "NO_GETTEXT=1", "NO_TCLTK=1", "NO_PYTHON=1", "NO_OPENSSL=1"])
    # the whole tree: a directory of it would be all that is visible inside
    return tree, ("cd t; printf '%s\\n' t[0-3]*.sh | xargs -P 2 -I@ sh -c 'sh @ > @.out 2>&1'; "
                         "for out in *.out; do echo \"==> ${out%.sh.out}\"; cat $out; done; rm -f ./*.out"), results_of_tap


PYTHON = ["test_os", "test_posix", "test_socket", "test_pty", "test_mmap", "test_fcntl", "test_select",
          "test_poll", "test_epoll", "test_pwd", "test_grp", "test_resource", "test_tempfile", "test_shutil", "test_pathlib",
          "test_fork1", "test_wait3", "test_wait4", "test_popen", "test_openpty", "test_ctypes"]
PYTHON_MORE = ["test_subprocess", "test_signal", "test_selectors", "test_io", "test_file", "test_stat", "test_glob", "test_threading",
               "test_thread",
               "test_asyncore", "test_mailbox", "test_posixpath", "test_time", "test_platform", "test_getpass", "test_zlib",
               "test_hashlib", "test_ssl", "test_httpservers", "test_ftplib", "test_smtplib", "test_readline", "test_eintr",
               "test_faulthandler", "test_asyncio", "test_sched", "test_dbm", "test_tarfile", "test_largefile", "test_shelve",
               "test_xmlrpc", "test_urllib2_localnet", "test_fileinput", "test_site", "test_venv", "test_cmd_line", "test_locale",
               "test_codecs", "test_exceptions", "test_atexit", "test_netrc", "test_uuid", "test_syslog", "test_crypt",
               "test_multiprocessing_main_handling"]


def python():
    if subprocess.run(["/usr/bin/python3", "-c", "import test.test_os"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        raise Unavailable("libpython3.11-testsuite, or that of another version, is not installed")
    os.mkdir("python")
    modules = PYTHON + (PYTHON_MORE if SLOW else [])
    return f"{TOP}/python", (f"/usr/bin/python3 -m test -j4 --timeout 600 --junit-xml $PWD/results.xml {' '.join(modules)} >&2; "
                             "cat results.xml; rm results.xml"), results_of_junit


# ---- what is not alike, and why: {pattern of tests: wall} ----
DIFFERENT = {
    zlib: {},
    jq: {},
    git: {
        # chmod of a directory to 2775, so that what is made in it has its group: repositories that a group shares
        "t0001-init 2[018]": "set-id bits are shut",
        "t1301-shared-repo *": "the same",
        "t1700-split-index 26": "the same, left on by the test before",
    },
    python: {
        "test.test_os.ChownFileTests.test_chown_without_permission": "there is one user inside: another is EINVAL, not EPERM",
        "test.test_subprocess.POSIXProcessTestCase.test_user": "the same",
        "test.test_subprocess.POSIXProcessTestCase.test_group": "the same, of groups",
        "test.test_os.MakedirTests.test_exist_ok_s_isgid_directory": "set-id bits are shut",
        "test.test_resource.ResourceTest.test_prlimit": "limits of other processes are shut",
        "test.test_uuid.TestInternals*.test_*_getnode": "no network card inside",
    },
}


def compare(suite, outside, inside):
    """The tests that end in another way than they should."""
    wrong, hit = [], set()
    for test in sorted(set(outside) | set(inside)):
        if outside.get(test) == inside.get(test):
            continue
        patterns = [pattern for pattern in DIFFERENT[suite] if fnmatch.fnmatch(test, pattern)]
        hit.update(patterns)
        if not patterns:
            wrong.append(f"{test}: {outside.get(test, 'not run')} outside, {inside.get(test, 'not run')} inside")
    return wrong, hit


def run_suite(suite):
    name = suite.__name__
    try:
        tree, command, results_of = suite()
    except Unavailable as e:
        skip(f"{name}: the same inside as outside", f"{e}")
        return
    texts = []
    for where in ([], [SBOX, "-q", "--profile=build"]):
        with open(f"{TOP}/{name}.err", "ab") as err:
            texts.append(subprocess.run([*where, "bash", "-c", command], cwd=tree, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=err, check=False).stdout.decode(errors="replace"))
    try:
        outside, inside = (results_of(text) for text in texts)
    except ElementTree.ParseError as e:
        ok(False, f"{name}: has results", f"{e}\n{texts[1][-1000:]}")
        return
    wrong, hit = compare(suite, outside, inside)
    alike = sum(outside.get(test) == inside.get(test) for test in outside)
    ok(outside and not wrong, f"{name}: {alike} of {len(outside)} tests end alike outside and inside, the others at a wall",
       "\n".join(wrong[:40]))
    if SLOW or suite is not python:
        gone = sorted(set(DIFFERENT[suite]) - hit)
        ok(not gone, f"{name}: each difference that is named is still there", gone)


for chosen in [zlib, python] + ([jq, git] if SLOW else []):
    run_suite(chosen)
finish()
