"""Every request of signatures.json: right and wrong proofs, handshakes.

The times in it are those of its day. Of a platform that signs the time, the same cases are made anew.
"""
import base64
import time
import urllib.parse

import gateway
import payloads
from checks import check
from place import DOORBELLS
from signing import FORGED, SEALS, SIGNATURES, proof

TIMED = ("slack", "discord")


def run(functions, place):
    anew = slack() | discord()
    for case in SIGNATURES["cases"]:
        event = anew.pop(case["name"]) if case["platform"] in TIMED else as_sent(case)
        judged(functions, place, case["name"], event, case["expect"] == "accept")
    for number, handshake in enumerate(SIGNATURES["handshakes"]):
        if handshake["request"]["method"] == "GET":
            greets(functions, number, handshake)


def judged(functions, place, name, event, accepted):
    """Nothing new is stored: what is right here has come before."""
    before = place.messages()
    answer = functions.invoke("webhook", event)
    left = (answer["statusCode"], place.messages() - before, place.received(DOORBELLS))
    check(f"{name}: {'taken' if accepted else 'refused'}", left, (200 if accepted else 401, set(), []))


def as_sent(case):
    payload = payloads.body(case["file"])
    if "body_override_base64" in case:
        payload = base64.b64decode(case["body_override_base64"])
    # Bytes that are no text come as base64, as a form does.
    return gateway.webhook(case["platform"], payload, case["headers"], form=True)


def slack():
    """The cases of Slack, signed as of now."""
    now, payload = time.time(), payloads.body("slack/message_im.json")
    form = payloads.body("slack/block_actions.form")
    decoded = urllib.parse.parse_qs(form.decode())["payload"][0].encode()

    def case(at=now, seals=SEALS, body=payload, **more):
        proven = proof("slack", payload if body is payload else form, seals, at)
        return gateway.webhook("slack", body, proven | {name.replace("_", "-"): value for name, value in more.items()})

    return {
        "slack/stale": case(now - 310),
        "slack/edge": case(now - 290),  # time passes here: the edge itself is shared/channels/tests/contract's
        "slack/future": case(now + 330),
        "slack/ts-not-a-number": case(x_slack_request_timestamp="soon"),
        "slack/wrong-secret": case(seals=FORGED),
        "slack/retry": case(x_slack_retry_num="1", x_slack_retry_reason="http_timeout"),
        "slack/form-decoded": case(body=decoded),
    }


def discord():
    """The cases of Discord, signed as of now."""
    payload = payloads.body("discord/slash_command_guild.json")
    proven = proof("discord", payload)
    signature = proven["x-signature-ed25519"]

    def case(body=payload, **headers):
        return gateway.webhook("discord", body, {name.replace("_", "-"): value for name, value in headers.items()}, form=True)

    at = {"x_signature_timestamp": proven["x-signature-timestamp"]}
    return {
        "discord/good": case(x_signature_ed25519=signature, **at),
        "discord/altered-body": case(payload[:-2] + b" }", x_signature_ed25519=signature, **at),
        "discord/bad-hex": case(x_signature_ed25519="zz" * 64, **at),
        "discord/short-sig": case(x_signature_ed25519=signature[:-2], **at),
        "discord/missing": case(),
    }


def greets(functions, number, handshake):
    """The question by which a platform finds out whether the URL is ours."""
    query = urllib.parse.urlencode(handshake["request"]["query"])
    answer = functions.invoke("webhook", gateway.webhook(handshake["platform"], method="GET", query=query))
    wanted = handshake["response"]
    found = (answer["statusCode"], answer["body"] if "body" in wanted else None)
    check(f"{handshake['platform']}: handshake {number}", found, (wanted["status"], wanted.get("body")))
