"""Ed25519 signatures after RFC 8032, 5.1: what Discord signs with, computed without a library and without haste."""
import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
I = pow(2, (P - 1) // 4, P)  # noqa: E741, the RFC's name for the root of -1


def _x(y, sign):
    """The point with this y."""
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * I % P
    return P - x if x & 1 != sign else x


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (_x(BASE_Y, 0), BASE_Y, 1, _x(BASE_Y, 0) * BASE_Y % P)


def _add(one, other):
    """The sum of two points in extended coordinates (5.1.4)."""
    (x1, y1, z1, t1), (x2, y2, z2, t2) = one, other
    a, b = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(scalar, point):
    total = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _add(total, point)
        point, scalar = _add(point, point), scalar >> 1
    return total


def _bytes(point):
    x, y, z, _ = point
    inverse = pow(z, P - 2, P)
    return (y * inverse % P | (x * inverse % P & 1) << 255).to_bytes(32, "little")


def _secret(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
    return scalar, digest[32:]


def public_key(seed):
    """The 32 bytes that a signature is checked with."""
    return _bytes(_times(_secret(seed)[0], BASE))


def sign(seed, message):
    """The 64 bytes of the signature of a message, by the key of this seed."""
    scalar, prefix = _secret(seed)
    number = int.from_bytes(hashlib.sha512(prefix + message).digest(), "little") % L
    point = _bytes(_times(number, BASE))
    hashed = int.from_bytes(hashlib.sha512(point + public_key(seed) + message).digest(), "little")
    return point + ((number + hashed * scalar) % L).to_bytes(32, "little")
