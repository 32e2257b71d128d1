#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What a launch with a limit by the user's systemd takes beside `systemd-run --user --scope`, which makes a scope and no
# sandbox: pair by pair, either first.  A figure, no verdict: a guest under emulation is no measure of time.
. "$TOP_SRCDIR/tests/lib/tap.sh"

XDG_RUNTIME_DIR=/run/user/$(id -u)
export XDG_RUNTIME_DIR
if [ ! -S "$XDG_RUNTIME_DIR/systemd/private" ]; then
	skip "limited launches" "this user has no systemd"
	finish
fi
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

times = {name: [] for name in WAYS}
for i in range(9):
    for name in random.sample(sorted(WAYS), 2):
        took = elapsed(WAYS[name])
        if i:
            times[name].append(took)
ratios = sorted(a / b for a, b in zip(times["sbox"], times["systemd-run"]))
low, high = ratios[len(ratios) // 4], ratios[len(ratios) * 3 // 4]
print(f"# seen: limited launch: sbox {statistics.median(times['sbox']):.1f} ms, systemd-run --user --scope "
      f"{statistics.median(times['systemd-run']):.1f} ms; {len(ratios)} pairs, ratio {statistics.median(ratios):.2f} (half of them {low:.2f} to {high:.2f})")
END
run python3 pairs.py
is "both ran in turn" "$status:$err" 0:
echo "$out"
finish
