#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Names on the buses in the report: what was refused, which line would allow it, and that it then works."""
import json
import os
import subprocess
import sys

INSIDE = len(sys.argv) > 1 and sys.argv[1] == "client"
LIB = sys.argv[2] if INSIDE else os.path.realpath(os.path.join(os.environ["TOP_SRCDIR"], "tests/lib"))
sys.path.insert(0, LIB)
import busservice  # noqa: E402

if not INSIDE:
    from sboxtest import SBOX, finish, ok, skip

RUN = os.environ["XDG_RUNTIME_DIR"]
WORK = os.getcwd()
REPORT = f"{WORK}/report.json"
CLIENT = f"{WORK}/client.py"


def client():
    """Inside: client.py talk NAME | own NAME | see NAME | call MEMBER | raw DESTINATION | quick COUNT NAME…; "grandchild" first."""
    import struct  # pylint: disable=import-outside-toplevel
    words = sys.argv[3:]
    if words[0] == "grandchild":
        words = words[1:]
        for _ in range(2):
            pid = os.fork()
            if pid:
                os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    act, *rest = words
    address = "unix:path=/run/dbus/system_bus_socket" if os.environ.get("BUS") else os.environ["DBUS_SESSION_BUS_ADDRESS"]
    bus = busservice.Bus(address[len("unix:path="):])
    text, pad = busservice.text, busservice.pad

    def send(to, iface, member, flags=0):
        fields = {1: (b"o", text("/")), 2: (b"s", text(iface)), 3: (b"s", text(member)), 6: (b"s", text(to))}
        bus.serial += 1
        data = bytearray(busservice.message(1, bus.serial, fields))
        data[2] = flags
        bus.sock.sendall(data)
        return bus.serial

    def answer(serial):
        while True:
            got = bus.receive()
            if got[2].get(5) == serial:
                return "ok" if got[0] == 2 else got[2].get(4, "").rsplit(".", 1)[-1]

    if act == "talk":
        print(answer(send(rest[0], rest[0], "Ping")))
    elif act == "call":
        print(answer(send("org.freedesktop.DBus", "org.freedesktop.DBus", rest[0])))
    elif act == "own":
        got = bus.bus_call("RequestName", b"su", pad(text(rest[0]), 4) + struct.pack("<I", 0))
        print("ok" if got[0] == 2 else got[2].get(4, "").rsplit(".", 1)[-1])
    elif act == "see":
        got = bus.bus_call("GetNameOwner", b"s", text(rest[0]))
        print("ok" if got[0] == 2 else got[2].get(4, "").rsplit(".", 1)[-1])
    elif act == "raw":
        answer(send(json.loads(rest[0]), "a.b", "C"))
        print("sent")
    elif act == "quick":
        # no answer is asked for, and nothing waits for one
        for i in range(int(rest[0])):
            send(rest[1].replace("N", f"n{i}"), "a.b", "C", flags=1)
        print("sent")


if INSIDE:
    client()
    sys.exit(0)

for needed in ("/usr/bin/dbus-daemon", "/usr/bin/gdbus", "/usr/bin/xdg-dbus-proxy"):
    if not os.access(needed, os.X_OK):
        skip("D-Bus in the report", f"{needed} is needed")
        finish()

os.environ.pop("DBUS_SESSION_BUS_ADDRESS", None)
os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={RUN}/system"
started = []


def start(*command):
    p = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    started.append(p)
    return p.stdout.readline().strip()


def profile(name, *parts):
    path = f"{WORK}/{name}.ini"
    with open(path, "w", encoding="utf-8") as f:
        f.write("".join(parts))
    return path


def sbox(ini, *words, options=(), report=f"--report={REPORT}", env=None):
    """What the command printed, and the records of kind dbus, and of the paths of buses."""
    r = subprocess.run([SBOX, f"--profile={ini}", f"--ro={LIB}", f"--ro={CLIENT}", "--env=BUS", *options, report, "--", *words], stdin=subprocess.DEVNULL,
                       capture_output=True, timeout=120, check=False, env={**os.environ, **(env or {})})
    try:
        with open(REPORT, encoding="utf-8") as f:
            records = [json.loads(line) for line in f]
    except (OSError, ValueError):
        records = []
    return r, [x for x in records if x["event"] == "total" and (x["kind"] == "dbus" or "bus" in str(x.get("object")))]


def inside(*words):
    return [sys.executable, CLIENT, "client", LIB, *words]


def explain(ini, question, options=()):
    r = subprocess.run([SBOX, "explain", f"--profile={ini}", *options, "--json", f"--dbus={question}"], stdin=subprocess.DEVNULL,
                       capture_output=True, text=True, timeout=60, check=False)
    return json.loads(r.stdout)["answers"][0] if r.returncode == 0 else {"error": r.stderr}


def lines_of(changes):
    return "".join("{}]\n{}\n".format(*c.split("] ", 1)) for c in changes)


def denial(what, lines, words, word, call, name, question, env=None):
    base = profile("base", "[profile]\nextends = default\n", lines)
    for who in ([], ["grandchild"]):
        r, records = sbox(base, *inside(*who, *words), env=env)
        hit = [x for x in records if x["kind"] == "dbus" and x["call"] == call and x["object"] == name]
        ok(r.stdout.decode().strip() == word and len(hit) == 1 and hit[0]["count"] == 1 and
           hit[0]["first"]["command"].startswith("python3"), f"{what}{' by a grandchild' if who else ''}: one record, {call} {name}", (r, records))
    if not hit:
        return
    hit = hit[0]
    r, records = sbox(base, *inside(*words), options=hit["option"], env=env)
    ok(r.stdout.decode().strip() == "ok" and not [x for x in records if x["object"] == name] and len(hit["option"]) == 1,
       f"... with {' '.join(hit['option'])} it works", (r, records))
    more = profile("more", "[profile]\nextends = ./base.ini\n", lines_of(hit["change"]))
    r, records = sbox(more, *inside(*words), env=env)
    ok(r.stdout.decode().strip() == "ok" and not [x for x in records if x["object"] == name], f"... with {hit['change'][0]} too", (r, records))
    before, after = explain(base, question), explain(more, question)
    ok(before.get("verdict") == "denied" and after.get("verdict") == "allowed" and
       all(before.get(k) == hit.get(k) for k in ("file", "line", "change", "option", "text")),
       f"... and explain --dbus {question} says both beforehand", (before, after, hit))


def main():
    start("dbus-daemon", "--session", "--nofork", "--print-address=1", f"--address=unix:path={RUN}/bus")
    start("dbus-daemon", "--session", "--nofork", "--print-address=1", f"--address=unix:path={RUN}/system")
    ok(start(sys.executable, f"{LIB}/busservice.py", f"{RUN}/bus", "org.test.Allowed", "org.test.Forbidden") == "ready", "a bus and a service")
    ok(start(sys.executable, f"{LIB}/busservice.py", f"{RUN}/system", "org.test.System") == "ready", "a second one")
    with open(CLIENT, "w", encoding="utf-8") as f, open(os.path.abspath(__file__), encoding="utf-8") as own:
        f.write(own.read())

    # A bus that no line speaks about: first the bus, then the name, each as the report says.
    base = profile("base", "[profile]\nextends = default\n")
    gdbus = ["gdbus", "call", "--session", "--timeout", "10", "--dest", "org.test.Forbidden", "--object-path", "/", "--method",
             "org.test.Forbidden.Ping"]
    _, records = sbox(base, *gdbus)
    hit = [x for x in records if x["object"] == f"{RUN}/bus"]
    ok(hit and hit[0]["option"] == ["--set=desktop.dbus-talk=org.freedesktop.DBus"], "the socket of the bus: not itself, but a key of D-Bus", records)
    option = hit[0]["option"] if hit else []
    r, records = sbox(base, *gdbus, options=option)
    hit = [x for x in records if x.get("object") == "org.test.Forbidden" and x["call"] == "dbus-talk"]
    ok(r.returncode != 0 and hit and hit[0]["first"]["command"] == "gdbus", "... with which the report says the name", (r, records))
    r, records = sbox(base, *gdbus, options=option + hit[0]["option"] if hit else [])
    ok(r.returncode == 0 and not [x for x in records if x["kind"] == "dbus"], "... with which it works", (r, records))
    for path, word in ((f"{RUN}/bus", "dbus-talk"), (f"{RUN}/system", "system-bus-talk")):
        r = subprocess.run([SBOX, "explain", f"--profile={base}", "--json", f"--path={path}"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                           timeout=60, check=False)
        ok(json.loads(r.stdout)["answers"][0]["change"] == [f"[desktop] {word} = org.freedesktop.DBus"], f"... and explain of {word} knows it", r)

    given = "[desktop]\ndbus-talk = org.test.Allowed\n"
    name = "org.test.Forbidden"
    denial("talking to a name", given, ["talk", name], "ServiceUnknown", "dbus-talk", name, name)
    denial("a name that may be seen", f"[desktop]\ndbus-see = {name}\n", ["talk", name], "AccessDenied", "dbus-talk", name, name)
    denial("owning a name", given, ["own", "org.test.Mine"], "ServiceUnknown", "dbus-own", "org.test.Mine", "own:org.test.Mine")
    denial("looking for a name", given, ["see", name], "NameHasNoOwner", "dbus-see", name, f"see:{name}")
    denial("a name of the system bus", "[desktop]\nsystem-bus-talk = org.test.Other\n", ["talk", "org.test.System"], "ServiceUnknown",
           "system-bus-talk", "org.test.System", "system:org.test.System", {"BUS": "system"})

    base = profile("base", "[profile]\nextends = default\n", given)
    _, records = sbox(base, *inside("call", "BecomeMonitor"))
    ok([x["why-not"] for x in records if x["object"] == "org.freedesktop.DBus.BecomeMonitor" and x["call"] == "dbus-call"], "what the bus does for all", records)
    for secret in ("org.freedesktop.systemd1", "org.freedesktop.secrets"):
        _, records = sbox(base, *inside("talk", secret))
        hit = [x for x in records if x["object"] == secret]
        ok(hit and not hit[0]["option"] and hit[0]["why-not"], f"{secret}: no line is offered", records)

    # Both buses in one run are told apart.
    both = [x for w in ("org.test.A", "org.test.B") for x in ("--set", f"desktop.{'system-bus' if w[-1] == 'B' else 'dbus'}-talk={w}")]
    _, records = sbox(base, "sh", "-c", f"{' '.join(inside('talk', name))}; BUS=1 {' '.join(inside('talk', name))}", options=both)
    ok(sorted(x["call"] for x in records if x["object"] == name) == ["dbus-talk", "system-bus-talk"], "both buses at once are told apart", records)

    # Nothing is lost, also of who sends and ends at once; and it is bounded.
    _, records = sbox(base, *inside("quick", "10000", name))
    ok([x["count"] for x in records if x["object"] == name] == [10000], "10,000 messages of a process that ends at once: one record", records)
    _, records = sbox(base, *inside("quick", "2000", "org.test.N"))
    ok(len([x for x in records if x["kind"] == "dbus"]) == 2000, "2,000 different names: as many records", len(records))

    # The log is half the program's.
    bad = ["org.a.B\n*HIDDEN*\nC1: -> org.forged.Name call a.b at /\n*HIDDEN*", "\033]0;title\a", "org.a.*", ":1.999", "a b", "[files]\nrw = /"]
    for act, text in [("raw", json.dumps(x)) for x in bad] + [("own", "x" * 50000)]:
        r, _ = sbox(base, *inside(act, text), report="--report")
        shown = r.stderr
        ok(r.stdout and shown.count(b"dbus-talk, ") >= 1 and not [c for c in shown if c < 32 and c != 10] and len(shown) < 6000 and
           b"\nC1:" not in shown and b"\n[files]" not in shown and b"= org.a.*" not in shown, f"a name {text[:20]!r} does no harm", r)

    # Nothing of it without a report.
    r = subprocess.run([SBOX, f"--profile={base}", f"--ro={LIB}", f"--ro={CLIENT}", "--", *inside("talk", name)], stdin=subprocess.DEVNULL,
                       capture_output=True, text=True, timeout=60, check=False)
    ok(r.stdout.strip() == "ServiceUnknown" and r.stderr == "", "without a report there is none", r)


try:
    main()
finally:
    for process in started:
        process.kill()
        process.wait()
finish()
