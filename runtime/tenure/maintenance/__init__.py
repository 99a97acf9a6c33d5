"""Looking after stored data: verify, gc, compact, dump, load and erase, as functions and commands."""

from tenure.maintenance.collecting import Collected, collect
from tenure.maintenance.commands import main
from tenure.maintenance.compacting import Compacted, compact
from tenure.maintenance.dumping import Moved, dump
from tenure.maintenance.erasing import Erased, erase
from tenure.maintenance.loading import Unloadable, load
from tenure.maintenance.verifying import Problem, Verified, verify

__all__ = [
    "Collected",
    "Compacted",
    "Erased",
    "Moved",
    "Problem",
    "Unloadable",
    "Verified",
    "collect",
    "compact",
    "dump",
    "erase",
    "load",
    "main",
    "verify",
]
