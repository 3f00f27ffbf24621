"""One address with each service under its name, as a proxy before them gives."""

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def one_address(services: Mapping[str, str]) -> Iterator[str]:
    """The address under which these services stand until the block ends."""

    class Forward(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            service, _, path = self.path.removeprefix("/").partition("/")
            if service not in services:
                return self._say(HTTPStatus.NOT_FOUND, b"")
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
            kind = {"Content-Type": "application/json"} if body else {}
            asked = urllib.request.Request(  # noqa: S310 - our own services
                f"{services[service]}/{path}", body, kind, method=self.command
            )
            try:
                with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
                    return self._say(answer.status, answer.read())
            except urllib.error.HTTPError as error:
                return self._say(error.code, error.read())

        do_POST = do_GET  # noqa: N815 - its name in the base class

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: a test that fails says what matters."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Forward)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
