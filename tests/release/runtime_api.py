"""The Runtime API that a function's process asks for its events: one for each process.

After the Lambda developer guide, "Using the Lambda runtime API", version 2018-06-01.
"""
import http.server
import queue
import re
import threading

ARN = "arn:aws:lambda:us-east-1:123456789012:function:"
RESULT = re.compile(r"/2018-06-01/runtime/invocation/([^/]+)/(response|error)")
NEXT = "/2018-06-01/runtime/invocation/next"


class RuntimeApi(http.server.ThreadingHTTPServer):
    """`events` takes what is handed out next: request id, deadline in milliseconds, payload. `results` has the answers."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, function):
        super().__init__(("127.0.0.1", 0), _handler(self))
        self.function = function
        self.events, self.results = queue.Queue(), queue.Queue()
        self.asks = threading.Event()  # the program has asked for the next event and has none
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self):
        return "127.0.0.1:%d" % self.server_address[1]

    def handle_error(self, request, client_address):
        """A program that is killed leaves broken connections: no news."""

    def end(self):
        self.events.put(None)
        self.shutdown()
        self.server_close()


def _handler(api):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one write for each answer

        def log_message(self, *_):
            """The log is the function's."""

        def do_GET(self):  # noqa: N802, the name is http.server's
            if self.path != NEXT:
                return self._answer(404)
            api.asks.set()
            event = api.events.get()
            if event is None:
                return self._answer(500)
            request_id, deadline_ms, payload = event
            return self._answer(200, payload, {
                "Lambda-Runtime-Aws-Request-Id": request_id,
                "Lambda-Runtime-Deadline-Ms": str(deadline_ms),
                "Lambda-Runtime-Invoked-Function-Arn": ARN + api.function,
                "Lambda-Runtime-Trace-Id": "Root=1-6b000011-0123456789abcdef01234567;Sampled=0",
                "Content-Type": "application/json",
            })

        def do_POST(self):  # noqa: N802
            body = self._body()
            if RESULT.fullmatch(self.path):
                api.results.put(body)
                return self._answer(202, b'{"status":"OK"}')
            return self._answer(404)

        def _body(self):
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return body

        def _answer(self, status, body=b"", headers=None):
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

    return Handler
