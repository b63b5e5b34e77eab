"""All chat platforms at one address, which take whatever is sent to whomever: the people of events/ are strangers to the
stand-ins of a local stack. They answer as events/api_responses.json has it where all is well.
"""
import http.server
import json
import re
import threading

from payloads import EVENTS

RESPONSES = json.loads((EVENTS / "api_responses.json").read_text())["responses"]
# What is not in the file and answered without a word of meaning.
ELSE = {
    "telegram": {"ok": True, "result": True},
    "slack": {"ok": True, "ts": "1795165210.000200"},
    "discord": {"id": "1189000000000000098"},
}
# After the host of a platform's usual address, by the names of template.yaml.
BASES = {
    "TELEGRAM_API_BASE": "telegram",
    "LINE_API_BASE": "line",
    "LINE_DATA_API_BASE": "line",
    "WHATSAPP_API_BASE": "whatsapp/v26.0",
    "MESSENGER_API_BASE": "messenger/v26.0",
    "SLACK_API_BASE": "slack/api",
    "SLACK_HOOKS_BASE": "slack/hooks",
    "DISCORD_API_BASE": "discord/api/v10",
}


class Platforms:
    """Their address, and what they have been sent: platform, path and body of each call, in its order."""

    def __init__(self):
        self.calls = []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self.calls))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def bases(self):
        url = "http://127.0.0.1:%d" % self.server.server_address[1]
        return {name: f"{url}/{path}" for name, path in BASES.items()}

    def sent(self, platform):
        """The calls of one of them."""
        return [call for call in self.calls if call[0] == platform]

    def told(self, chat):
        """What a chat of Telegram has been told."""
        bodies = [json.loads(body) for _, path, body in self.sent("telegram") if path.endswith("/sendMessage")]
        return [body["text"] for body in bodies if str(body["chat_id"]) == str(chat)]


def _answer(platform, method, path):
    """Status and body for a call."""
    for response in RESPONSES:
        wanted, _, rest = response["request"].partition(" ")
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(rest))
        good = response["platform"] == platform and response["class"] == "ok" and response["status"] < 300
        if good and wanted == method and re.fullmatch(pattern, path):
            return response["status"], response["body"]
    return (404, {}) if method == "GET" else (200, ELSE.get(platform, {}))


def _handler(calls):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def log_message(self, *_):
            """The calls are kept."""

        def _take(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            platform, _, path = self.path.split("?")[0][1:].partition("/")
            calls.append((platform, f"/{path}", body))
            status, answer = _answer(platform, self.command, f"/{path}")
            written = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)
            self.wfile.flush()

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _take  # noqa: N815, the names are http.server's

    return Handler
