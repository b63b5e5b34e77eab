"""How platforms prove their requests, computed here a second time: `shared/channels` is the first.

The secrets are those that the files of events/ were signed with.
"""
import base64
import hashlib
import hmac
import json
import time

import ed25519
from processes import Failure, ROOT

SIGNATURES = json.loads((ROOT / "events/signatures.json").read_text())
SEALS = SIGNATURES["secrets"]
# Whoever forges does not know them.
FORGED = {
    "telegram": {"secret_token": "test-only_Telegram-Secret_9876543210"},
    "line": {"channel_secret": "ffffffffffffffffffffffffffffffff"},
    "whatsapp": {"app_secret": "ffffffffffffffffffffffffffffffff"},
    "messenger": {"app_secret": "00000000000000000000000000000000"},
    "slack": {"signing_secret": "ffffffffffffffffffffffffffffffff"},
    "discord": {"ed25519_seed_hex": "1f" * 32},
}


def proof(platform, payload, seals=None, at=None):
    """The headers that a platform sends with these bytes, now."""
    seals, seconds = seals or SEALS, str(int(at or time.time()))
    if platform == "telegram":
        return {"x-telegram-bot-api-secret-token": seals["telegram"]["secret_token"]}
    if platform == "line":
        digest = mac(seals["line"]["channel_secret"], payload).digest()
        return {"x-line-signature": base64.b64encode(digest).decode()}
    if platform in ("whatsapp", "messenger"):
        return {"x-hub-signature-256": "sha256=" + mac(seals[platform]["app_secret"], payload).hexdigest()}
    if platform == "slack":
        signed = b"v0:" + seconds.encode() + b":" + payload
        signature = "v0=" + mac(seals["slack"]["signing_secret"], signed).hexdigest()
        return {"x-slack-signature": signature, "x-slack-request-timestamp": seconds}
    if platform == "discord":
        signature = ed25519.sign(bytes.fromhex(seals["discord"]["ed25519_seed_hex"]), seconds.encode() + payload)
        return {"x-signature-ed25519": signature.hex(), "x-signature-timestamp": seconds}
    raise Failure(f"how {platform} signs is not known here")


def mac(secret, payload):
    return hmac.new(secret.encode(), payload, hashlib.sha256)
