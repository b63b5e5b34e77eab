"""How a function's process ends, and what is left of it: a mistake of the owner, a stop, a death, a panic."""
import json
import signal

import every_event
from checks import check
from place import DOORBELLS
from processes import request
from sandbox import Ended, Sandbox

SLOWLY = "Tell me slowly"


def run(functions, place, platforms, stack):
    without_a_variable(functions)
    with_a_wrong_bot(functions)
    stopped(functions)
    panics(functions)
    killed_in_a_turn(functions, place, platforms, stack)


def refused(functions, function, variables):
    """What Lambda reports when a function does not start, and the lines it leaves."""
    log = functions.out / f"{function}-refused.log"
    try:
        Sandbox(function, functions.programs[function], variables, log).end()
    except Ended as ended:
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        return ended.report, [line["fields"].get("error") for line in lines if line["level"] == "ERROR"]
    return None, []


EXIT = {"errorType": "Runtime.ExitError", "errorMessage": "Runtime exited with error: exit status 1"}


def without_a_variable(functions):
    for function in ("webhook", "api", "processor", "notify", "dead-letter"):
        for name in ("TABLE_NAME", "DOORBELL_QUEUE_URL", "NOTICES_QUEUE_URL", "BOT_DIR"):
            variables = functions.variables(function)
            del variables[name]
            found = refused(functions, function, variables)
            wanted = (EXIT, [f"the environment variable {name} is not set"])
            check(f"{function}: without {name} it does not start, and says so", found, wanted)


def with_a_wrong_bot(functions):
    report, said = refused(functions, "webhook", functions.variables("webhook") | {"BOT_DIR": "/nowhere"})
    check("webhook: without a bot it does not start", (report, len(said), "bot.toml" in "".join(said)), (EXIT, 1, True))
    short = functions.variables("api") | {"WEB_SESSION_SECRET": "short"}
    report, said = refused(functions, "api", short)
    check("api: a secret that can be guessed is refused", (report, len(said), "WEB_SESSION_SECRET" in "".join(said)), (EXIT, 1, True))


def stopped(functions):
    """Between two events there is nothing to lose: asked to stop, a function stops."""
    for function in ("webhook", "processor"):
        code = functions.start(function).end()
        check(f"{function}: it stops when it is told to", code in (0, -signal.SIGTERM), True)


def panics(functions):
    """A panic costs its message; the process lives on, and takes the next."""
    sandbox = functions.start("panics")
    pid = sandbox.pid
    records = [{"messageId": body, "body": body} for body in ("good", "panic", "fine")]
    failed = [sandbox.invoke({"Records": [record]})["batchItemFailures"] for record in records]
    check("a panic fails its own message", failed, [[], [{"itemIdentifier": "panic"}], []])
    check("and not the process", (sandbox.pid, sandbox.program.process.poll()), (pid, None))
    sandbox.end()


def killed_in_a_turn(functions, place, platforms, stack):
    """A processor that dies while the model works: another takes over, says that the answer is lost, asks no model again."""
    model = stack.state["endpoints"]["model"].removesuffix("/v1")
    request(f"{model}/control/rules", [{"contains": SLOWLY, "delay_ms": 60_000}])
    told, asked = len(platforms.told(every_event.CHAT)), times_asked(model)
    functions.invoke("webhook", every_event.today(9044, SLOWLY))
    [doorbell] = place.received(DOORBELLS, 10)
    first = functions.start("processor", timeout_s=15)
    first.hand({"Records": [doorbell]})
    stack.wait_until(lambda: times_asked(model) > asked, 10, "a question to the model")
    check("processor: it can be stopped in the middle of a turn", first.end(), -signal.SIGTERM)
    again = {"Records": [doorbell]}

    def taken_over():
        return functions.invoke("processor", again)["batchItemFailures"] == []

    stack.wait_until(taken_over, 60, "the takeover")
    place.delete(DOORBELLS, doorbell["receiptHandle"])
    check("processor: the model was asked once", times_asked(model) - asked, 1)
    heard = platforms.told(every_event.CHAT)[told:]
    check("processor: the person hears once that the answer was lost", (len(heard), "lost" in "".join(heard)), (1, True))
    request(f"{model}/control/rules", [])


def times_asked(model):
    """Questions about the slow text that the model has seen."""
    status, body = request(f"{model}/control/journal")
    assert status == 200, body
    return body.decode().count(SLOWLY)
