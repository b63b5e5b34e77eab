"""What tests/*/run find out, one line each; the verdict comes at the end, when all of it has been seen."""
from processes import Failure

checked = []
wrong = []


def check(what, found, wanted):
    """Notes whether something is as it has to be, and goes on."""
    checked.append(what)
    if found == wanted:
        print(f"ok      {what}")
    else:
        wrong.append(what)
        print(f"WRONG   {what}\n        found  {found!r}\n        wanted {wanted!r}")


def verdict(more=""):
    """How many were right. A failure names the others, with `more` about them."""
    print(f"\n{len(checked) - len(wrong)} of {len(checked)} right")
    if wrong:
        raise Failure("; ".join(wrong) + (f"\n{more}" if more else ""))
