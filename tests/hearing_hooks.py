"""A web server in a process of its own that keeps what webhooks say, so that it can be killed.

python hearing_hooks.py PORT FILE    appends each body as a line, and answers when it is in the file
"""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def main() -> None:
    """Serves until it is killed."""
    port, path = int(sys.argv[1]), Path(sys.argv[2])
    with path.open("ab", buffering=0) as file:

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                file.write(self.rfile.read(int(self.headers["Content-Length"])) + b"\n")
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        with ThreadingHTTPServer(("127.0.0.1", port), Handler) as http:
            http.serve_forever()


if __name__ == "__main__":
    main()
