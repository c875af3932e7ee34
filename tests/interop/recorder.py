"""Proxies in front of services; each exchange becomes a line of JSON.

python recorder.py FILE SERVICE=PORT=URL...   serves PORT of loopback until it is ended
"""

import http.client
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

# Meant for one connection (RFC 9110 section 7.6.1).
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer", "host"}


class Recorder(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet for head and body
    service: str
    target: str
    lines: threading.Lock

    def forward(self) -> None:
        sent = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        upstream = http.client.HTTPConnection(self.target, timeout=30)
        try:
            upstream.request(self.command, self.path, sent or None, headers)
            answer = upstream.getresponse()
            received = answer.read()
        finally:
            upstream.close()
        self.record(sent, answer, received)
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_BY_HOP | {"content-length"}:
                self.send_header(name, value)
        if answer.status not in (204, 304):
            self.send_header("content-length", str(len(received)))
        self.end_headers()
        self.wfile.write(received)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = forward

    def record(self, sent: bytes, answer: http.client.HTTPResponse, received: bytes) -> None:
        path, _, query = self.path.partition("?")
        line = {
            "service": self.service,
            "method": self.command,
            "path": path,
            "query": query,
            "request": [self.headers.get_content_type() if sent else "", sent.decode(errors="replace")],
            "status": answer.status,
            "response": [answer.headers.get_content_type() if received else "", received.decode(errors="replace")],
        }
        with self.lines, open(sys.argv[1], "a") as file:
            file.write(json.dumps(line) + "\n")

    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    lines, threads = threading.Lock(), []
    for argument in sys.argv[2:]:
        service, port, url = argument.split("=", 2)
        kind = type(service, (Recorder,), {"service": service, "target": urlsplit(url).netloc, "lines": lines})
        server = ThreadingHTTPServer(("127.0.0.1", int(port)), kind)
        threads.append(threading.Thread(target=server.serve_forever))
    for thread in threads:
        thread.start()


main()
