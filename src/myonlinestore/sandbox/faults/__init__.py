"""Faults on demand: rules for which requests go wrong, and how."""

from __future__ import annotations

from myonlinestore.sandbox.faults.injector import Blow, Faults
from myonlinestore.sandbox.faults.rule import Fault, as_fault

__all__ = ["Blow", "Fault", "Faults", "as_fault"]
