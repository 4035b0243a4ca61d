"""The same results for machines: one JSON object on standard output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from myonlinestore._codec.encode import encode
from myonlinestore.mirror import MirrorReport, MirrorStatus, Planned


def json_of_report(report: MirrorReport, destination: str) -> str:
    """What a run did."""
    summary = {
        "destination": destination,
        "rows": report.rows,
        "rejected": report.rejected,
        "differs": report.differs,
        "requests": report.requests,
        "bytes": report.bytes,
        "seconds": round(report.seconds, 3),
    }
    return _text({**summary, "resources": [asdict(one) for one in report]})


def json_of_plan(plans: Sequence[Planned]) -> str:
    """What a run would do."""
    return _text({"resources": [asdict(plan) for plan in plans]})


def json_of_status(status: MirrorStatus) -> str:
    """What a copy holds."""
    return _text({**asdict(status), "complete": status.complete})


def _text(value: object) -> str:
    return encode(value).decode()
