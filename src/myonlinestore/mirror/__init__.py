"""The bulk job: copy a store into a database, and keep the copy up to date.

from myonlinestore import ConnectClient
from myonlinestore.mirror import Mirror

with ConnectClient("your-store-token") as client:
    report = Mirror(client, "catalog.sqlite").run()
print(report["articles"].rows)
"""

from __future__ import annotations

from myonlinestore.mirror.destinations.base import SyncState
from myonlinestore.mirror.exceptions import MirrorError
from myonlinestore.mirror.job import Mirror, OnStart
from myonlinestore.mirror.report import (
    MirrorReport,
    OnProgress,
    OnWait,
    OutageWait,
    ResourceReport,
    Traffic,
)
from myonlinestore.mirror.status import MirrorStatus, PlannedSync, read_status

__all__ = [
    "Mirror",
    "MirrorError",
    "MirrorReport",
    "MirrorStatus",
    "OnProgress",
    "OnStart",
    "OnWait",
    "OutageWait",
    "PlannedSync",
    "ResourceReport",
    "SyncState",
    "Traffic",
    "read_status",
]
