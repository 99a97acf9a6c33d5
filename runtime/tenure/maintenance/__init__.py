"""Looking after stored data: verify, gc, compact, dump, load and erase, as functions and commands."""

from tenure.maintenance.collecting import Collected, collect
from tenure.maintenance.commands import main
from tenure.maintenance.verifying import Problem, Verified, verify

__all__ = ["Collected", "Problem", "Verified", "collect", "main", "verify"]
