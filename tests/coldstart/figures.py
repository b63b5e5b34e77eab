"""What many starts say: a table for people, JSON for programs, ratios for the bounds."""
import dataclasses
import statistics

HEAD = ("", "size", "poll ms", "first answer ms: min / median / max", "CPU ms: min / median / max", "peak MB")
ROW = "{:<12} {:>8} {:>8} {:>36} {:>29} {:>8}"


def median(starts, what):
    return statistics.median(getattr(start, what) for start in starts)


def spread(starts, what):
    values = [getattr(start, what) for start in starts]
    return " / ".join(f"{value:.1f}" for value in (min(values), statistics.median(values), max(values)))


def ratio(starts, what, one, other):
    """How many times as much one takes as another: of each round the ratio of its two starts, and of these the median. What
    else the machine does meets both starts of a round more alike than it does two rounds."""
    pairs = zip(starts[one], starts[other], strict=True)
    return statistics.median(getattr(mine, what) / getattr(theirs, what) for mine, theirs in pairs)


def table(starts, sizes):
    yield ROW.format(*HEAD)
    for name, several in starts.items():
        size = f"{sizes[name] / 1e6:.2f} MB" if sizes[name] else ""
        yield ROW.format(
            name, size, f"{median(several, 'poll_ms'):.1f}", spread(several, "answer_ms"), spread(several, "cpu_ms"),
            f"{median(several, 'peak_mb'):.1f}")


def plain(starts):
    """For JSON."""
    return {name: [dataclasses.asdict(start) for start in several] for name, several in starts.items()}
