"""The functions of a stack, each in a sandbox that lives on from event to event."""
import sandbox
from payloads import PROOFS, SECRETS
from place import DEAD_LETTERS, DOORBELLS
from processes import Failure, ROOT

SENDING = (
    "TELEGRAM_BOT_TOKEN", "LINE_CHANNEL_ACCESS_TOKEN", "WHATSAPP_ACCESS_TOKEN", "WHATSAPP_PHONE_NUMBER_ID",
    "MESSENGER_PAGE_ACCESS_TOKEN", "SLACK_BOT_TOKEN", "DISCORD_BOT_TOKEN",
)


class Functions:
    """Started when they are first invoked."""

    def __init__(self, programs, place, platforms, model, out):
        self.programs, self.place, self.out = programs, place, out
        self.platforms, self.model = platforms, model
        self.hooks = platforms.bases()["SLACK_HOOKS_BASE"]
        self.running = {}

    def variables(self, function):
        """The environment that template.yaml gives to this function."""
        sends = self.platforms.bases() | {name: SECRETS[name] for name in SENDING}
        own = {
            "webhook": PROOFS,
            "api": {name: SECRETS[name] for name in ("WEB_SESSION_SECRET", "OWNER_TOKEN")},
            "processor": sends | {"OPENAI_BASE_URL": self.model, "OPENAI_API_KEY": "scripted"},
            "notify": sends,
            "dead-letter": sends | {"DEAD_LETTER_QUEUE_URL": self.place.urls[DEAD_LETTERS]},
        }
        return self.place.variables() | own.get(function, {}) | {
            "STAGE": "test",
            "BOT_DIR": str(ROOT / "bots/assistant"),
            # No waiting for companions of a message, and leases that end soon: only time is saved.
            "TURNWISE_SET": "debounce_ms=0,lease_margin_ms=100,deadline_reserve_ms=1000",
        }

    def start(self, function, **options):
        """A new sandbox; `options` are its own, and `variables` other variables."""
        log = self.out / f"{function}-{len(list(self.out.glob(f'{function}-*.log')))}.log"
        variables = options.pop("variables", self.variables(function))
        return sandbox.start(function, self.programs[function], variables, log, **options)

    def of(self, function):
        if function not in self.running:
            self.running[function] = self.start(function)
        return self.running[function]

    def invoke(self, function, event):
        """What the function answers."""
        try:
            return self.of(function).invoke(event)
        except sandbox.Ended as ended:
            raise Failure(f"{function} ended: {ended}\n{self.running[function].program.tail()}") from None

    def answer_doorbells(self, wait_s=0):
        """Hands every doorbell to the processor, as its mapping does. How many there were, and the ids of failed ones."""
        rung, failed = 0, []
        while records := self.place.received(DOORBELLS, wait_s if not rung else 0):
            for record in records:
                rung += 1
                answer = self.invoke("processor", {"Records": [record]})
                failed += [item["itemIdentifier"] for item in answer["batchItemFailures"]]
                self.place.delete(DOORBELLS, record["receiptHandle"])
        return rung, failed

    def end(self):
        for running in self.running.values():
            running.end()
