#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Firefox from its start to a screenshot of a page: bare, in sbox, in firejail, taken in turns.

    ROUNDS=15 SBOX=./sbox tests/bench/firefox-start.py

Each round takes each way once, in an order shuffled anew.  A ratio is that of two runs of one round; what is printed is the
median of the ratios, and their quartiles, so that what else the machine does hits both sides.  As a test (tests/slow/) it
asks only that the pictures are made, bare and in sbox: the machine may be busy.  firejail wants a user whose home the
passwd file names.
"""
import os
import random
import shutil
import statistics
import subprocess
import sys
import time

ROUNDS = int(os.environ.get("ROUNDS", "15"))
HOME, SBOX = os.environ["HOME"], os.environ["SBOX"]
PAGE = "data:text/html,<body style='background:orange'><h1>Hello</h1>"


def firefox(profile, picture):
    return ["firefox-esr", "--headless", "--no-remote", "--profile", profile, "--screenshot", picture, PAGE]


class Race:
    def __init__(self):
        self.profile = os.path.join(HOME, "ff")
        self.picture = os.path.join(HOME, "Downloads", "shot.png")
        self.ways = {"bare": [], "sbox": [SBOX, "--profile=browser", "--"]}
        if shutil.which("firejail"):
            self.ways["firejail"] = ["firejail", "--quiet", "--profile=firefox-esr", "--dbus-user=none"]  # it refuses without a bus
        os.makedirs(os.path.dirname(self.picture), exist_ok=True)
        subprocess.run([SBOX, "--profile=browser", "mkdir", "-p", self.profile], check=True)  # in the private home
        self.times = {way: [] for way in self.ways}
        self.failed = set()

    def run(self, way):
        if os.path.exists(self.picture):
            os.unlink(self.picture)
        # firejail's profile keeps all but ~/.mozilla out: a profile of its own, there
        where = os.path.join(HOME, ".mozilla", "ff") if way == "firejail" else self.profile
        os.makedirs(where, exist_ok=True)
        begun = time.monotonic()
        subprocess.run(self.ways[way] + firefox(where, self.picture), timeout=90, check=False, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        taken = time.monotonic() - begun
        if not os.path.exists(self.picture) or os.path.getsize(self.picture) < 1000:
            self.failed.add(way)
        return taken

    def all(self, rounds):
        for way in self.ways:  # makes the profiles, fills the caches
            self.run(way)
        self.failed.clear()
        for _ in range(rounds):
            for way in random.sample(list(self.ways), len(self.ways)):
                self.times[way].append(self.run(way))

    def line(self, way):
        if way in self.failed:
            return f"# {way}: made no picture"
        ratios = sorted(100 * (own / bare - 1) for own, bare in zip(self.times[way], self.times["bare"]))
        n = len(ratios)
        return (f"# {way}: median {statistics.median(self.times[way]):.3f} s of {n}, quickest {min(self.times[way]):.3f} s; "
                f"against bare in the same round: median {statistics.median(ratios):+.1f} %, "
                f"quartiles {ratios[n // 4]:+.1f} to {ratios[-1 - n // 4]:+.1f} %")


def main():
    if not shutil.which("firefox-esr"):
        print("1..0 # SKIP firefox-esr is not installed")
        return 0
    race = Race()
    race.all(ROUNDS)
    tested = [way for way in race.ways if way != "firejail"]
    for nr, way in enumerate(tested, 1):
        print(f"{'not ' if way in race.failed else ''}ok {nr} - {way} makes a picture")
    for way in race.ways:
        print(race.line(way))
    print(f"1..{len(tested)}")
    return 1 if race.failed - {"firejail"} else 0


sys.exit(main())
