#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# timeout: 400
"""Firefox from its start to a screenshot of a page: bare, in sbox, in firejail, taken in turns.

The test is that the picture is made, bare and in sbox.  How long it took is printed and not judged, since the machine may be
busy; figures that are to be compared want ROUNDS=15 on a quiet one, and firejail a user whose home the passwd file names.
"""
import os
import shutil
import statistics
import subprocess
import sys
import time

ROUNDS = int(os.environ.get("ROUNDS", "3"))
HOME, SBOX = os.environ["HOME"], os.environ["SBOX"]
PAGE = "data:text/html,<body style='background:orange'><h1>Hello</h1>"


def firefox(profile, picture):
    return ["firefox-esr", "--headless", "--no-remote", "--profile", profile, "--screenshot", picture, PAGE]


def main():
    if not shutil.which("firefox-esr"):
        print("1..0 # SKIP firefox-esr is not installed")
        return 0
    downloads = os.path.join(HOME, "Downloads")
    profile, picture = os.path.join(HOME, "ff"), os.path.join(downloads, "shot.png")
    os.makedirs(downloads, exist_ok=True)
    ways = {"bare": [], "sbox": [SBOX, "--profile=browser", "--"]}
    if shutil.which("firejail"):
        ways["firejail"] = ["firejail", "--quiet", "--profile=firefox-esr", "--dbus-user=none"]  # it refuses without a bus
    subprocess.run([SBOX, "--profile=browser", "mkdir", "-p", profile], check=True)  # in the private home
    os.makedirs(profile, exist_ok=True)
    times, failed = {way: [] for way in ways}, set()
    for turn in range(ROUNDS + 1):
        for way, launcher in ways.items():
            if os.path.exists(picture):
                os.unlink(picture)
            begun = time.monotonic()
            # firejail's profile keeps all but ~/.mozilla out: a profile of its own, there
            where = os.path.join(HOME, ".mozilla", "ff") if way == "firejail" else profile
            os.makedirs(where, exist_ok=True)
            subprocess.run(launcher + firefox(where, picture), timeout=90, check=False, stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if turn > 0:  # the first run makes the profile
                times[way].append(time.monotonic() - begun)
                if not os.path.exists(picture) or os.path.getsize(picture) < 1000:
                    failed.add(way)
    bare = statistics.median(times["bare"])
    tested = [way for way in ways if way != "firejail"]
    for nr, way in enumerate(tested, 1):
        print(f"{'not ' if way in failed else ''}ok {nr} - {way} makes a picture")
    for way in ways:
        median = statistics.median(times[way])
        print(f"# {way}: made no picture" if way in failed else
              f"# {way}: median {median:.3f} s of {len(times[way])}, {100 * (median / bare - 1):+.1f} %, quickest {min(times[way]):.3f} s")
    print(f"1..{len(tested)}")
    return 1 if failed - {"firejail"} else 0


sys.exit(main())
