"""Every file of events/: how it comes to a function, and what has to come of it.

What a payload means stands beside it in expected.json, written from the platforms' documents. Whether that is a message
for the bot is computed here a second time: `Event::message` of shared/channels/src/event.rs is the first.
"""
import json
import urllib.parse

import gateway
from processes import Failure, ROOT
from signing import SEALS, SIGNATURES, proof

EVENTS = ROOT / "events"
LAMBDA = EVENTS / "lambda"
ACCOUNTS = {"whatsapp": "106540000000002"}  # whose events are ours, where a webhook serves several

# What the webhook proves its requests with, by the names of template.yaml.
PROOFS = {
    "TELEGRAM_SECRET_TOKEN": SEALS["telegram"]["secret_token"],
    "LINE_CHANNEL_SECRET": SEALS["line"]["channel_secret"],
    "WHATSAPP_APP_SECRET": SEALS["whatsapp"]["app_secret"],
    "WHATSAPP_VERIFY_TOKEN": SEALS["whatsapp"]["verify_token"],
    "WHATSAPP_PHONE_NUMBER_ID": ACCOUNTS["whatsapp"],
    "MESSENGER_APP_SECRET": SEALS["messenger"]["app_secret"],
    "MESSENGER_VERIFY_TOKEN": SEALS["messenger"]["verify_token"],
    "SLACK_SIGNING_SECRET": SEALS["slack"]["signing_secret"],
    "DISCORD_PUBLIC_KEY": SEALS["discord"]["public_key_hex"],
}
# What the functions and the stack's platforms and model know one another by; beside the proofs, of no consequence.
SECRETS = PROOFS | {
    "TELEGRAM_BOT_TOKEN": "7100200300:test-only_Telegram-Bot-Token",
    "LINE_CHANNEL_ACCESS_TOKEN": "test-only-line-access-token",
    "WHATSAPP_ACCESS_TOKEN": "test-only-whatsapp-access-token",
    "MESSENGER_PAGE_ACCESS_TOKEN": "test-only-messenger-access-token",
    "SLACK_BOT_TOKEN": "xoxb-test-only-slack-bot-token",
    "DISCORD_BOT_TOKEN": "test-only-discord-bot-token",
    "WEB_SESSION_SECRET": "test-only_Web-Session-Secret_0123456789",
    "OWNER_TOKEN": "test-only_Owner-Token_0123456789_0123456789",
}
SAID = {"text", "command", "action", "audio", "image", "file", "sticker", "location", "unsupported"}
# Files that are an earlier one once more: the message is there already.
KNOWN_AGAIN = {"line/text_redelivered.json", "slack/message_twin_of_app_mention.json"}
# Read beside the payloads, or by other tests: no function is invoked with them.
NOT_EVENTS = {
    "README.md",
    "signatures.json",  # proofs.py goes through it
    "api_responses.json",  # what platforms answer when they are called: platforms.py
}


def platforms():
    """The channels with payloads."""
    folders = sorted(path.name for path in EVENTS.iterdir() if path.is_dir() and path != LAMBDA)
    if missing := [name for name in folders if name not in SEALS]:
        raise Failure(f"how {', '.join(missing)} signs is not known in signatures.json")
    return folders


def files(platform):
    """The payloads of a platform, as `platform/file`. A form's content, written out beside it, is not one."""
    names = sorted(path.name for path in (EVENTS / platform).iterdir())
    forms = {name.removesuffix(".form") + ".json" for name in names if name.endswith(".form")}
    return [f"{platform}/{name}" for name in names if name != "expected.json" and name not in forms]


def read_along():
    """What is in events/ and no function's event."""
    beside = {f"{platform}/expected.json" for platform in platforms()}
    forms = {str(path.relative_to(EVENTS).with_suffix(".json")) for path in EVENTS.glob("*/*.form")}
    return NOT_EVENTS | beside | forms


def body(file):
    """The bytes on the wire."""
    return (EVENTS / file).read_bytes()


def messages(file):
    """How many messages for the bot a payload says."""
    platform, name = file.split("/")
    expected = json.loads((EVENTS / platform / "expected.json").read_text())
    if name not in expected:
        raise Failure(f"events/{platform}/expected.json does not say what {name} means")
    return sum(is_message(platform, event) for event in expected[name]) if file not in KNOWN_AGAIN else 0


def is_message(platform, event):
    account = ACCOUNTS.get(platform)
    ours = account is None or event["dedup"].startswith(f"{platform}:{account}:")
    private = event.get("scope") != "group"
    called = event.get("mentions_bot") or event["kind"] == "action" or "command" in event
    return ours and event["kind"] in SAID and "chat" in event and bool(private or called or event.get("text", "").startswith("/"))


# ---------------------------------------------------------------- on the way

def delivered(file, hooks, seals=None):
    """A payload of events/ as the platform delivers it now.

    Slack says where the answer to a form is wanted: there, and nowhere outside this machine, is `hooks`.
    """
    platform, payload = file.split("/")[0], body(file)
    if file.endswith(".form"):
        for spelled in (str, escaped):
            payload = payload.replace(quoted(spelled("https://hooks.slack.com")), quoted(spelled(hooks)))
    return gateway.webhook(platform, payload, proof(platform, payload, seals), form=file.endswith(".form"))


def escaped(url):
    return url.replace("/", "\\/")


def quoted(url):
    return urllib.parse.quote(url, safe="").encode()
