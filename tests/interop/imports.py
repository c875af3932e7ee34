"""Imports accounts with hashes of Python's libraries: python imports.py STEP FOLDER [ARGUMENT]

  make FOLDER ACCOUNTS       writes FOLDER/accounts.ndjson and FOLDER/expected.json
  import FOLDER PROGRAM      imports them with this auth-service, which is killed on the way
  long-line FOLDER PROGRAM   imports a file with a line of a gigabyte
  sign-in FOLDER URL         signs in with each format at the running service

AUTH_DATA_DIR is the data folder of auth-service."""

import contextlib
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

NEW_HASH = "$argon2id$v=19$m=19456,t=2,p=1$"
OVER_72_BYTES = "bcrypt, over 72 bytes"


def bad_lines(hashes):
    """Lines that make no account, and a part of the reason; three with addresses that earlier lines have."""
    account = lambda hash: {"email": "no-one@example.org", "password_hash": hash}
    costs = "costs too much"
    return [
        ({"email": "person-0@example.org"}, "another account has it"),
        ({"email": " PERSON-0@Example.ORG. "}, "another account has it"),
        ({"email": "anna@xn--bcher-kva.example"}, "another account has it"),
        ({"email": "no address"}, "email: "),
        (account(hashes["bcrypt"].replace("$04$", "$15$")), costs),
        (account(hashes["Django bcrypt_sha256"].replace("$04$", "$15$")), costs),
        (account(hashes["Django pbkdf2_sha256"].replace("$1000$", "$2000001$")), costs),
        (account(hashes["argon2-cffi"].replace("m=64", "m=262145")), costs),
        (account(hashes["passlib scrypt"].replace("ln=4", "ln=19")), costs),
        (account(hashes["bcrypt"][:40]), "incomplete or damaged"),
        (account("md5$salt$5f4dcc3b5aa765d61d8327deb882cf99"), "no supported format"),
        ({**account(None), "display_name": "x" * 20_000}, "longer than 16384 bytes"),
        ({**account(None), "password": "hunter2"}, "a field is unknown"),
        ({**account(None), "created_at": "2999-01-01T00:00:00Z"}, "is in the future"),
        ({**account(None), "region": "moscow"}, "region: "),
        ("no JSON", "no valid JSON"),
    ]


def make(folder, accounts):
    import hashes

    passwords = [f"three cats on sofa {number}" for number in range(3)]
    cheap = [(name, hash(password), password) for password in passwords for name, hash in hashes.CHEAP.items()]
    cheap.append((OVER_72_BYTES, hashes.CHEAP["bcrypt"](hashes.LONG), hashes.LONG))
    usual = [(name, hash(passwords[0]), passwords[0]) for name, hash in hashes.USUAL.items()]
    first = usual + cheap
    samples = [
        (name, f"person-{number}@example.org", password)
        for number, (name, _, password) in enumerate(first)
        if number >= len(usual) or name not in hashes.SLOW
    ]
    bad = bad_lines({name: hash for name, hash, _ in cheap[: len(hashes.CHEAP)]})
    every = accounts // len(bad)
    lines, refused, stored = ['{"email":"anna@bücher.example"}'], {}, {"anna@xn--bcher-kva.example": None}
    for number in range(accounts):
        _, hash, _ = first[number] if number < len(first) else cheap[number % len(cheap)]
        email = f"person-{number}@example.org"
        stored[email] = hash
        lines.append(json.dumps({"email": email, "password_hash": hash, "email_verified": True, "region": "KZ"}))
        # Second addresses stand in the first batch: they are named after its commit, and no kill comes so early.
        if bad and (number < 3 or number % every == 0):
            line, reason = bad.pop(0)
            lines.append(line if isinstance(line, str) else json.dumps(line))
            refused[len(lines)] = reason
    assert not bad
    (folder / "accounts.ndjson").write_text("\n".join(lines), encoding="utf-8")
    expected = {"lines": len(lines), "refused": refused, "stored": stored, "samples": samples}
    (folder / "expected.json").write_text(json.dumps(expected))
    print(f"{accounts} accounts with {len(first)} hashes, {len(refused)} bad lines between them")


def query(sql):
    with contextlib.closing(sqlite3.connect(Path(os.environ["AUTH_DATA_DIR"]) / "auth.sqlite", timeout=60)) as database:
        return database.execute(sql).fetchall()


def imported_lines():
    return query("SELECT coalesce(max(lines), 0) FROM user_imports")[0][0]


def run_import(folder, program):
    expected = json.loads((folder / "expected.json").read_text())
    command = [program, "import-users", folder / "accounts.ndjson"]
    subprocess.run([program, "migrate"], check=True, capture_output=True)
    printed, kills = "", []
    for share in (0.05, 0.2, 0.4):
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        while running.poll() is None and imported_lines() < share * expected["lines"]:
            time.sleep(0.01)
        running.kill()
        printed += running.communicate()[1]
        kills.append(imported_lines())
    assert kills[0] < expected["lines"], "it was not killed on the way"
    begun = time.monotonic()
    last = subprocess.run(command, capture_output=True, text=True)
    seconds, lines = time.monotonic() - begun, expected["lines"] - kills[-1]
    assert last.returncode == 0, last.stderr
    assert seconds < 12 or re.search(r"\d+ accounts imported, \d+ a second", last.stderr), "no progress was shown"
    check_import(expected, last.stdout, printed + last.stderr)
    good, bad = len(expected["stored"]), len(expected["refused"])
    rate = f"{lines / seconds:.0f} lines a second"
    print(f"killed after lines {kills} and continued, {rate}: {good} accounts, {bad} bad lines")


def check_import(expected, result, printed):
    good, bad = len(expected["stored"]), len(expected["refused"])
    assert result.strip() == f"of {expected['lines']} lines {good} were imported, {bad} were refused", result
    named = dict(re.findall(r"^line (\d+): (.*)$", printed, re.MULTILINE))
    assert named.keys() == expected["refused"].keys(), named.keys() ^ expected["refused"].keys()
    wrong = {number: named[number] for number, reason in expected["refused"].items() if reason not in named[number]}
    assert not wrong, wrong
    assert "hunter2" not in printed and "no-one@" not in printed
    rows = query("SELECT email_norm, password_hash FROM users")
    assert len(rows) == good and dict(rows) == expected["stored"], f"{len(rows)} accounts"
    claims = query("SELECT count(*) FROM user_logins WHERE proved_at IS NULL")[0][0]
    assert claims == good, f"{claims} claims"


def run_long_line(folder, program):
    path = folder / "long.ndjson"
    with open(path, "wb") as file:
        file.write(b'{"email":"before@example.org"}\n')
        file.seek(1 << 30, os.SEEK_CUR)  # a hole, which takes no room on the disk
        file.write(b'\n{"email":"after@example.org"}\n')
    pipe = subprocess.PIPE
    running = subprocess.Popen([program, "import-users", path], stdout=pipe, stderr=pipe, text=True)
    result, printed = running.stdout.read(), running.stderr.read()
    _, status, usage = os.wait4(running.pid, 0)
    assert status == 0 and result.strip() == "of 3 lines 2 were imported, 1 was refused", result + printed
    assert "line 2: the line is longer than 16384 bytes" in printed, printed
    assert usage.ru_maxrss < 256 * 1024, f"{usage.ru_maxrss} KiB"
    print(f"a line of 1 GiB was skipped, with {usage.ru_maxrss // 1024} MiB of memory")


def sign_in(folder, url):
    import requests

    samples = json.loads((folder / "expected.json").read_text())["samples"]
    for name, email, password in samples:
        for tried, status in ((f"!{password}", 401), (password, 201), (password, 201)):
            reply = requests.post(f"{url}/api/v1/sessions", json={"email": email, "password": tried}, timeout=60)
            assert reply.status_code == status, f"{name}: {reply.status_code} {reply.text}"
    stored = dict(query("SELECT email_norm, password_hash FROM users"))
    for name, email, _ in samples:
        # Of a longer password bcrypt has read the beginning only: a new hash would change the password.
        assert stored[email].startswith("$2b$" if name == OVER_72_BYTES else NEW_HASH), name
    print(f"signed in to {len(samples)} accounts: {', '.join(sorted({name for name, _, _ in samples}))}")


step, folder, *argument = sys.argv[1:]
STEPS = {"import": run_import, "long-line": run_long_line, "sign-in": sign_in}
if step == "make":
    make(Path(folder), int(argument[0]))
else:
    STEPS[step](Path(folder), argument[0])
