"""Every file of events/ once: what the function answers, and what is stored, rung and answered for it."""
import json
import time

import gateway
import payloads
from checks import check
from payloads import EVENTS, LAMBDA
from place import DOORBELLS
from signing import FORGED, SIGNATURES, proof

# Where a platform wants more than "200, I have it"; SIGNATURES["handshakes"] has the rest.
STATUS = {"discord/webhook_event_authorized.json": 204, "discord/unknown_interaction.json": 202}
CHAT = 5012345678  # who writes in events/lambda


def run(functions, place, platforms):
    driven = set()
    for platform in payloads.platforms():
        for file in payloads.files(platform):
            forged(functions, place, file)
            arrives(functions, place, platforms, file)
            driven.add(file)
    for name, test in LAMBDA_EVENTS.items():
        test(functions, place, event(name))
        driven.add(f"lambda/{name}.json")
    written_today(functions, place, platforms)
    there = {str(path.relative_to(EVENTS)) for path in EVENTS.rglob("*") if path.is_file()}
    check("no file of events/ was left out", sorted(there - driven - payloads.read_along()), [])


def forged(functions, place, file):
    """Whoever does not know the secret is refused, and leaves nothing behind."""
    before = place.items()
    answer = functions.invoke("webhook", payloads.delivered(file, functions.hooks, FORGED))
    left = (answer["statusCode"], place.items() - before, place.received(DOORBELLS))
    check(f"{file}: forged, it is refused and nothing comes of it", left, (401, set(), []))


def arrives(functions, place, platforms, file):
    """Each message is stored once, its doorbell rings once, and the processor answers it."""
    wanted, platform = payloads.messages(file), file.split("/")[0]
    before, answered, sent = place.messages(), place.answers(), len(platforms.sent(platform))
    answer = functions.invoke("webhook", payloads.delivered(file, functions.hooks))
    new = place.messages() - before
    rung, failed = functions.answer_doorbells()
    # What waited together is answered together.
    silent = {chat for chat, _ in new} - {chat for chat, _ in place.answers() - answered}
    heard = len(platforms.sent(platform)) - sent >= len({chat for chat, _ in new})
    check(f"{file}: {wanted} taken in, rung and answered",
          (answer["statusCode"], len(new), rung, failed, silent, heard),
          (greeting(file).get("status", STATUS.get(file, 200)), wanted, wanted, [], set(), True))
    if "body" in greeting(file):
        check(f"{file}: the greeting is answered", answer["body"], greeting(file)["body"])


def greeting(file):
    """What signatures.json says that a platform wants to hear at once."""
    found = [each["response"] for each in SIGNATURES["handshakes"] if each["request"].get("file") == file]
    return found[0] if found else {}


# ---------------------------------------------------------------- events/lambda: whole events

def event(name):
    return json.loads((LAMBDA / f"{name}.json").read_text())


def http(function, status, more=lambda answer: None):
    """An HTTP event that changes nothing: what it carries is there already, or refused."""
    def test(functions, place, given):
        before = place.messages()
        answer = functions.invoke(function, given)
        check(f"lambda: {function}, {given['rawPath']}", (answer["statusCode"], place.messages() - before), (status, set()))
        more(answer)
    return test


def chat(functions, place, given):
    """A question in the web channel waits for its answer, which the processor makes meanwhile."""
    functions.of("api").hand(given)
    rung = functions.answer_doorbells(wait_s=10)
    answer = functions.of("api").result()
    said = json.loads(answer["body"])
    check("lambda: api, a question is answered",
          (rung, answer["statusCode"], said.get("outcome"), said.get("response")),
          ((1, []), 200, "answered", "[scripted model] You said: Hello, what can you do?"))


def queue(function):
    """A message of a queue whose work is done already."""
    def test(functions, _, given):
        check(f"lambda: {function}, nothing waits, nothing fails", functions.invoke(function, given), {"batchItemFailures": []})
    return test


def healthy(answer):
    check("lambda: api, it is healthy", json.loads(answer["body"])["status"], "ok")


LAMBDA_EVENTS = {
    "webhook-telegram-text": http("webhook", 200),
    "webhook-telegram-text-base64": http("webhook", 200),
    "webhook-telegram-forged": http("webhook", 401),
    "webhook-telegram-cancel": http("webhook", 200),
    "api-health": http("api", 200, healthy),
    "api-chat": chat,
    "processor-doorbell": queue("processor"),
    "notify-watch": queue("notify"),
    "dead-letter": queue("dead-letter"),
}


# ---------------------------------------------------------------- a text of today

def written_today(functions, place, platforms):
    """What lies in events/ is too old for the model; the same text, written now, is answered by it, by a warm process."""
    told, before = len(platforms.told(CHAT)), place.messages()
    answer = functions.invoke("webhook", today(9043))
    check("a text of today is taken in", (answer["statusCode"], len(place.messages() - before)), (200, 1))
    again = functions.invoke("webhook", today(9043))
    check("delivered again, it is known", (again["statusCode"], len(place.messages() - before)), (200, 1))
    check("it is answered once", functions.answer_doorbells(), (1, []))
    check("the person hears it", platforms.told(CHAT)[told:], ["[scripted model] You said: Moi! Mitä kello on? 🕐"])


def today(number, text=None):
    """telegram/text.json as the next message of its chat."""
    update = json.loads(payloads.body("telegram/text.json"))
    update["update_id"] += number
    update["message"] |= {"message_id": number, "date": int(time.time())} | ({"text": text} if text else {})
    written = json.dumps(update).encode()
    return gateway.webhook("telegram", written, proof("telegram", written))

