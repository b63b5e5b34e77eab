"""AWS as a function meets it: each service at an address of its own, behind TLS. What comes in is handed to the local stack's
engines, and noted.
"""
import http.client
import http.server
import pathlib
import ssl
import subprocess
import threading
import urllib.parse

from processes import Failure

SYSTEM = [pathlib.Path(path) for path in (
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")]
HANDED_ON = ("x-amz-target", "content-type", "authorization", "x-amz-date", "x-amz-security-token")
HANDED_BACK = ("content-type", "x-amz-crc32", "x-amzn-requestid")


class Certificates:
    """An authority of this run's own, which is added to the system's: a function reads as many roots as on Lambda."""

    def __init__(self, folder):
        self.folder = folder
        self.key, self.certificate, self.authority, self.bundle = (
            folder / name for name in ("key.pem", "certificate.pem", "authority.pem", "bundle.pem"))
        new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        self._openssl("req", "-x509", *new, "-keyout", "ca-key.pem", "-out", self.authority, "-days", "2", "-subj", "/CN=coldstart")
        self._openssl("req", *new, "-keyout", self.key, "-out", "request.pem", "-subj", "/CN=localhost")
        (folder / "extensions").write_text("subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n")
        self._openssl(
            "x509", "-req", "-in", "request.pem", "-CA", self.authority, "-CAkey", "ca-key.pem", "-CAcreateserial",
            "-out", self.certificate, "-days", "2", "-extfile", "extensions")
        roots = next((path.read_bytes() for path in SYSTEM if path.is_file()), b"")
        self.roots = roots.count(b"BEGIN CERTIFICATE") + 1
        self.bundle.write_bytes(roots + b"\n" + self.authority.read_bytes())

    def _openssl(self, *words):
        done = subprocess.run(["openssl", *map(str, words)], cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failure(f"openssl {words[0]}: {done.stderr.strip()}")

    def variables(self):
        """What makes Rust, Python and Node believe it."""
        return {"SSL_CERT_FILE": str(self.bundle), "AWS_CA_BUNDLE": str(self.bundle), "NODE_EXTRA_CA_CERTS": str(self.authority)}


class Front:
    """One service. `calls` has the names of the operations it was asked for, in their order."""

    def __init__(self, upstream, certificates, calls):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(upstream, calls))
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # a program that is ended leaves broken connections: no news
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificates.certificate, certificates.key)
        # The handshake is the connection's thread's work.
        self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self):
        return f"https://localhost:{self.server.server_address[1]}"


def _handler(upstream, calls):
    place = urllib.parse.urlsplit(upstream)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # one write for each answer

        def setup(self):
            super().setup()
            self.engine = http.client.HTTPConnection(place.hostname, place.port)

        def finish(self):
            self.engine.close()
            super().finish()

        def log_message(self, *_):
            """The operations are noted."""

        def do_POST(self):  # noqa: N802, the name is http.server's
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            calls.append(self.headers.get("X-Amz-Target", "").rpartition(".")[2])
            headers = {name: self.headers[name] for name in HANDED_ON if name in self.headers}
            self.engine.request("POST", self.path, body, headers)
            answer = self.engine.getresponse()
            written = answer.read()
            self.send_response(answer.status)
            for name in HANDED_BACK:
                if value := answer.getheader(name):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)
            self.wfile.flush()

    return Handler
