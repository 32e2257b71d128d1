#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A launch with a limit by the user's systemd is quicker than `systemd-run --user --scope`, which makes a scope and no
# sandbox: pair by pair, either first, by the median of the pairs' ratios.
. "$TOP_SRCDIR/tests/lib/usersystemd.sh"

need_user_systemd "limited launches"
cat > pairs.py << 'END'
import os, random, statistics, subprocess, time
SBOX = os.environ["SBOX"]
WAYS = {"sbox": [SBOX, "--set", "cgroup.memory-max=64M", "--", "true"],
        "systemd-run": ["systemd-run", "--user", "--scope", "-q", "-p", "MemoryMax=64M", "true"]}
LIST = ["systemctl", "--user", "list-units", "--all", "--plain", "--no-legend", "sbox-*.scope", "run-*.scope"]

def elapsed(command):
    for _ in range(100):  # systemd still puts the scope before this one away
        if not subprocess.run(LIST, stdout=subprocess.PIPE, check=False).stdout.strip():
            break
        time.sleep(0.1)
    time.sleep(0.2)
    begun = time.monotonic()
    subprocess.run(command, check=True)
    return (time.monotonic() - begun) * 1000

for name in WAYS:
    elapsed(WAYS[name])
times = {name: [] for name in WAYS}
# On a busy machine more pairs are needed to tell.
for _ in range(3):
    for _ in range(24):
        for name in random.sample(sorted(WAYS), 2):
            times[name].append(elapsed(WAYS[name]))
    ratios = sorted(a / b for a, b in zip(times["sbox"], times["systemd-run"]))
    median = statistics.median(ratios)
    if median < 1:
        break
low, high = ratios[len(ratios) // 4], ratios[len(ratios) * 3 // 4]
print(f"# seen: limited launch: sbox {statistics.median(times['sbox']):.1f} ms, systemd-run --user --scope "
      f"{statistics.median(times['systemd-run']):.1f} ms; {len(ratios)} pairs, ratio {median:.2f} (half of them {low:.2f} to {high:.2f})")
print("quicker" if median < 1 else "slower")
END
run python3 pairs.py
is "both ran in turn" "$status:$err" 0:
sed -n 1p <<< "$out"
is "a limited sandbox is there before a scope without one" "$(sed -n 2p <<< "$out")" quicker
finish
