"""MiniStack (PyPI, MIT): AWS's services in one process that nobody here wrote."""
import os
import pathlib

from processes import Program, ROOT, answers, environment, free_port, get

MINISTACK = "ministack==1.5.33"  # without [full]: neither SAM templates nor an MQTT port


def folder():
    """Where environments of Python tools are made."""
    return pathlib.Path(os.environ.get("TURNWISE_VENV", ROOT / ".venv"))


def start(out, bin_folder=None, variables=None):
    """The running engine and its URL. `bin_folder` has its program; without one, an environment is made for it."""
    program = (bin_folder or environment(folder() / "ministack", [MINISTACK])) / "ministack"
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",  # else it opens port 8883 on all interfaces where it can
        "PYTHONDONTWRITEBYTECODE": "1",
    } | (variables or {})
    settings = {name: value.replace("{url}", url) for name, value in settings.items()}
    engine = Program("MiniStack", [program], out / "ministack.log", cwd=out, env=os.environ | settings)
    engine.wait_until(lambda: answers(f"{url}/_ministack/health"), 60, "an answer")
    engine.version = get(f"{url}/_ministack/health").get("version", MINISTACK.partition("==")[2])
    return engine, url
