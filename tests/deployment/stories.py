"""Conversations with the deployed stack: a person writes through its HTTP API and reads what Telegram has been sent.

One at a time: MiniStack hands over one message of a FIFO queue after the other, whatever its group, so that users cannot be
seen to be served at once here.
"""
import json
import time

from checks import check
from deployed import law
from processes import get, request

SLOWLY = "Tell me slowly"
POISON_S, ANSWER_S = 90, 60


def run(deployed, local):
    ann = Person(deployed, local, 5012345678)
    healthy(ann)
    first_message(ann)
    duplicate(ann)
    forged(ann)
    on_the_web(ann)
    cancel(ann)
    poison(ann)
    law(deployed.ids["Table"], deployed.url)


class Person:
    """Someone on Telegram, and the way to the stack."""

    def __init__(self, deployed, local, chat):
        self.deployed, self.local, self.chat = deployed, local, chat
        self.secret = deployed.secrets["TELEGRAM_SECRET_TOKEN"]
        self.model = local.state["endpoints"]["model"].removesuffix("/v1")
        self.number = 0
        # On AWS an HTTP API is found by its host name; MiniStack would keep /health of any host for itself.
        self.api = f"{deployed.url}/_aws/execute-api/{deployed.ids['HttpApi']}/$default"

    def asks(self, path, body=None, headers=None):
        """Status and answer of the HTTP API."""
        status, answer = request(self.api + path, body, headers, seconds=40)
        return status, json.loads(answer) if answer.startswith(b"{") else {"text": answer.decode()}

    def says(self, text, secret=None):
        """A new message through the webhook. The update, and the status it is taken with."""
        self.number += 1
        person = {"id": self.chat, "is_bot": False, "first_name": "Ann", "language_code": "en"}
        message = {"message_id": self.number, "from": person, "chat": {"id": self.chat, "type": "private"}}
        update = {"update_id": self.number, "message": message | {"date": int(time.time()), "text": text}}
        return update, self.sends(update, secret)

    def sends(self, update, secret=None):
        status, _ = self.asks("/webhook/telegram", update, {"x-telegram-bot-api-secret-token": secret or self.secret})
        return status

    def heard(self):
        messages = get(f"{self.local.url}/local/telegram/{self.chat}")["messages"]
        return [message["text"] for message in messages if message["from"] == "bot"]

    def hears(self, count, seconds=ANSWER_S):
        """What has been heard in all, as soon as it is so much."""
        self.local.wait_until(lambda: len(self.heard()) >= count, seconds, f"message {count} to chat {self.chat}")
        return self.heard()


def said(text):
    return f"[scripted model] You said: {text}"


def healthy(ann):
    status, health = ann.asks("/health")
    check("GET /health through the HTTP API", (status, health.get("status")), (200, "ok"))


def first_message(ann):
    _, status = ann.says("hello")
    check("a first message is taken in", status, 200)
    check("and answered", ann.hears(1), [said("hello")])


def duplicate(ann):
    """What comes behind the second delivery would come after its answer."""
    update, _ = ann.says("only once")
    check("a message is delivered again", ann.sends(update), 200)
    ann.hears(2)
    ann.says("and then")
    check("it is answered once", ann.hears(3), [said("hello"), said("only once"), said("and then")])


def forged(ann):
    _, status = ann.says("let me in", secret="guessed")
    check("a forged message is refused", status, 401)


def on_the_web(ann):
    """A question that waits for its answer inside the request."""
    status, answer = ann.asks("/api/chat", {"message": "who are you?"})
    check("a question to /api/chat is answered", (status, answer.get("outcome"), answer.get("response")),
          (200, "answered", said("who are you?")))


def cancel(ann):
    """A cancel goes past the queue, in which the next message waits until the running answer has stopped."""
    request(f"{ann.model}/control/rules", [{"contains": SLOWLY, "delay_ms": 25_000}])
    heard = len(ann.heard())
    ann.says(SLOWLY)
    ann.local.wait_until(lambda: SLOWLY in journal(ann), 30, "a question to the model")
    begin = time.monotonic()
    ann.says("/cancel")
    stopped = ann.hears(heard + 1)[heard:]
    ann.says("something else")
    check("a cancel is told, and the next message answered", ann.hears(heard + 2)[heard:], [*stopped, said("something else")])
    check("the stopped answer is not", SLOWLY in "".join(ann.heard()), False)
    print(f"        {stopped}, {time.monotonic() - begin:.1f} s from the cancel to the next answer")
    request(f"{ann.model}/control/rules", [])


def journal(ann):
    return request(f"{ann.model}/control/journal")[1].decode()


def poison(ann):
    """A processor that cannot start: the message becomes a dead letter, its person is told, and the next one is answered."""
    deployed, heard = ann.deployed, len(ann.heard())
    queue = deployed.ids["DoorbellQueue"]
    redrive = json.loads(attribute(deployed, queue, "RedrivePolicy"))
    # Ten receives, 75 s apart, are what the template has, and longer than a test may wait.
    quick = {"VisibilityTimeout": "1", "RedrivePolicy": json.dumps(redrive | {"maxReceiveCount": 3})}
    deployed.sqs.set_queue_attributes(QueueUrl=queue, Attributes=quick)
    bot = deployed.variables("ProcessorFunction")["BOT_DIR"]
    deployed.change("ProcessorFunction", BOT_DIR="/nowhere")
    ann.says("does anybody hear me?")
    told = ann.hears(heard + 1, POISON_S)[heard:]
    check("a dead letter is told once, with an apology", (len(told), "again" in "".join(told)), (1, True))
    check("and kept for the owner", dead_letters(deployed), 1)
    deployed.change("ProcessorFunction", BOT_DIR=bot)
    deployed.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "75"})
    ann.says("and now?")
    check("mended, it answers again", ann.hears(heard + 2)[heard:], [*told, said("and now?")])
    print(f"        {told}")


def attribute(deployed, queue, name):
    return deployed.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=[name])["Attributes"][name]


def dead_letters(deployed):
    items = deployed.client("dynamodb").scan(TableName=deployed.ids["Table"], ConsistentRead=True)["Items"]
    return sum(item["pk"]["S"].startswith("DEAD#") for item in items)

