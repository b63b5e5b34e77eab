"""What is started: the functions with a first event each, bare handlers of the same crates, and the same in Python and Node."""
import functools
import json
import os
import pathlib
import shutil
import subprocess
import time

import gateway
import payloads
from place import DEAD_LETTERS, DOORBELLS, NOTICES
from processes import ROOT, environment
from start import Candidate

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = ["boto3==1.43.108", "awslambdaric==4.2.2"]
# By the names of template.yaml, where the local stack has them in its Parameter Store.
PROOFS = (
    "TELEGRAM_SECRET_TOKEN,LINE_CHANNEL_SECRET,WHATSAPP_APP_SECRET,WHATSAPP_VERIFY_TOKEN,"
    "MESSENGER_APP_SECRET,MESSENGER_VERIFY_TOKEN,SLACK_SIGNING_SECRET,DISCORD_PUBLIC_KEY")
SENDING = "TELEGRAM_BOT_TOKEN,LINE_CHANNEL_ACCESS_TOKEN,WHATSAPP_ACCESS_TOKEN,MESSENGER_PAGE_ACCESS_TOKEN,SLACK_BOT_TOKEN,DISCORD_BOT_TOKEN"
SECRETS = {"webhook": PROOFS, "api": "WEB_SESSION_SECRET,OWNER_TOKEN", "processor": SENDING, "notify": SENDING, "dead-letter": SENDING}


class Events:
    """First events. Each is another message, so that all that is done for one is done."""

    def __init__(self, place, secrets):
        self.place, self.secrets, self.number = place, secrets, 0

    def webhook(self):
        """A text of Telegram, written now by somebody who never wrote before."""
        self.number += 1
        update = json.loads(payloads.body("telegram/text.json"))
        person = {"id": 7_000_000 + self.number, "first_name": "Ann"}
        update["update_id"] += self.number
        update["message"] |= {"message_id": self.number, "date": int(time.time())}
        update["message"]["from"] |= person
        update["message"]["chat"] |= person
        proof = {"x-telegram-bot-api-secret-token": self.secrets["TELEGRAM_SECRET_TOKEN"]}
        return gateway.webhook("telegram", json.dumps(update).encode(), proof)

    def doorbell(self):
        """That of one of the webhook's messages."""
        record, *others = self.place.received(DOORBELLS, 5)
        for other in others:
            self.place.show_again(DOORBELLS, other["receiptHandle"])
        self.place.delete(DOORBELLS, record["receiptHandle"])
        return {"Records": [record]}


def written(name):
    return json.loads((payloads.LAMBDA / f"{name}.json").read_text())


def answers_200(answer):
    return json.loads(answer).get("statusCode") == 200


def fails_nothing(answer):
    return json.loads(answer) == {"batchItemFailures": []}


def functions(programs, place, variables, ends, secrets):
    """The programs that are deployed."""
    events = Events(place, secrets)
    sends = {"TELEGRAM_API_BASE": ends["telegram"], "OPENAI_BASE_URL": ends["model"], "OPENAI_API_KEY": "scripted"}
    own = {"dead-letter": {"DEAD_LETTER_QUEUE_URL": place.urls[DEAD_LETTERS]}}
    first = {
        "webhook": (events.webhook, answers_200),
        "api": (functools.partial(written, "api-health"), answers_200),
        "processor": (events.doorbell, fails_nothing),
        "notify": (functools.partial(written, "notify-watch"), fails_nothing),
        "dead-letter": (functools.partial(written, "dead-letter"), fails_nothing),
    }
    for name, (event, right) in first.items():
        more = sends | own.get(name, {}) | {"SECRETS": SECRETS[name]}
        yield Candidate(name, [programs[name]], variables | more, event, right, programs[name].stat().st_size)


def bare(programs, place, variables, secrets):
    """Handlers of the same crates that know nothing; what they ring is nobody's."""
    events = Events(place, secrets)
    variables = variables | {"SECRETS": PROOFS, "DOORBELL_QUEUE_URL": place.urls[DEAD_LETTERS]}
    for name in ("bare-floor", "bare-calls"):
        yield Candidate(name, [programs[name]], variables, events.webhook, answers_200, programs[name].stat().st_size)


def foreign(place, variables, secrets, out):
    """The same requests in Python and Node, where these can be had."""
    events = Events(place, secrets)
    variables = variables | {"SECRETS": PROOFS, "DOORBELL_QUEUE_URL": place.urls[DEAD_LETTERS], "PYTHONPATH": str(HERE / "handlers"), "PYTHONDONTWRITEBYTECODE": "1"}
    for name, command in (("Python", python), ("Node", node)):
        try:
            yield Candidate(name, command(out), variables, events.webhook, answers_200)
        except (OSError, subprocess.SubprocessError) as why:
            print(f"NOT RUN: {name} and its clients cannot be had here ({why})")


def python(_):
    venv = pathlib.Path(os.environ.get("TURNWISE_VENV", ROOT / ".venv"))
    return [environment(venv / "coldstart", PYTHON) / "python", "-m", "awslambdaric", "calls.handle"]


def node(out):
    """The clients as npm has them: bundling would make them smaller."""
    program = shutil.which("node")
    if program is None:
        raise OSError("there is no node")
    folder = out / "node"
    folder.mkdir(parents=True, exist_ok=True)
    lock = (HERE / "handlers/package-lock.json").read_bytes()
    for name in ("package.json", "package-lock.json", "calls.mjs"):
        shutil.copy2(HERE / "handlers" / name, folder / name)
    installed = folder / "installed.json"
    if not installed.is_file() or installed.read_bytes() != lock:
        subprocess.run(["npm", "ci", "--ignore-scripts", "--silent"], cwd=folder, check=True, timeout=180)
        installed.write_bytes(lock)
    return [program, folder / "calls.mjs"]
