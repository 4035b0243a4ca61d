"""Fault injection: rules that select requests and their faults."""

from __future__ import annotations

from myonlinestore.sandbox.faults.injector import AppliedFaults, Faults
from myonlinestore.sandbox.faults.rule import Fault, to_fault

__all__ = ["AppliedFaults", "Fault", "Faults", "to_fault"]
