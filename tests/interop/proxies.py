"""Requests through proxies that ask auth-service first: python proxies.py AUTH_URL BACKEND NAME=URL...

Listens on BACKEND (host:port) as the server behind the proxies, and answers with the headers that it got."""

import http.server
import json
import sys
import threading
import time

import requests

IDENTITY = ["X-Marquee-User", "X-Marquee-Session", "X-Marquee-Roles", "X-Marquee-Age-Limit"]
ADMIN = {"email": "admin@example.org", "password": "four geese by the lake"}
MEMBER = {"email": "member@example.org", "password": "three cats on a sofa"}
FORGED = {name: "forged" for name in IDENTITY}


class Backend(http.server.BaseHTTPRequestHandler):
    def answer(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        body = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


def serve(address):
    host, port = address.rsplit(":", 1)
    server = http.server.ThreadingHTTPServer((host, int(port)), Backend)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def post(url, body, status=201):
    answer = requests.post(url, json=body, timeout=30)
    assert answer.status_code == status, (url, answer.status_code, answer.text)
    return answer.json()


def sign_in(auth, account):
    session = post(f"{auth}/api/v1/sessions", {**account, "device": {"kind": "desktop"}})
    return session["tokens"]["access_token"], session["user"]["id"]


def wait_for(url):
    for _ in range(300):
        try:
            return requests.get(url, timeout=5)
        except requests.ConnectionError:
            time.sleep(0.1)
    raise SystemExit(f"nobody listens at {url}")


def check(proxy, admin, member, ended):
    def ask(token=None, method="GET", **headers):
        headers = {**FORGED, **headers}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = b"x" * 10_000 if method == "POST" else None
        return requests.request(method, f"{proxy}/reports/today?rol=x", headers=headers, data=data, timeout=30)

    token, user = admin
    for method in ["GET", "POST"]:
        answer = ask(token, method)
        assert answer.status_code == 200, (method, answer.status_code, answer.text)
        got = answer.json()
        assert got["x-marquee-user"] == user, got
        assert got["x-marquee-roles"] == "admin", got
        assert "forged" not in got.values(), got
    for case in [{"token": None}, {"token": "garbage"}, {"token": ended}]:
        answer = ask(**case)
        assert answer.status_code == 401, (case, answer.status_code)
        assert answer.headers["www-authenticate"].startswith("Bearer"), answer.headers
    assert ask(member[0]).status_code == 403
    # Headers by which proxies name the first request change nothing.
    assert ask(member[0], **{"X-Forwarded-Uri": "/oauth2/check", "X-Forwarded-Method": "HEAD"}).status_code == 403


def main():
    auth, backend, *proxies = sys.argv[1:]
    serve(backend)
    post(f"{auth}/api/v1/users", MEMBER)
    admin, member = sign_in(auth, ADMIN), sign_in(auth, MEMBER)
    ended, _ = sign_in(auth, MEMBER)
    left = requests.delete(f"{auth}/api/v1/sessions/current", headers={"Authorization": f"Bearer {ended}"}, timeout=30)
    assert left.status_code == 204, left.text
    for name, proxy in (given.split("=", 1) for given in proxies):
        wait_for(proxy)
        check(proxy, admin, member, ended)
        print(f"{name}: passes what it may, and nobody's own headers")


main()
