"""Best-effort delivery of observations to the event log: bounded memory, then bounded disk, then counted loss."""

from herofactory.platform.spool.limits import Limits
from herofactory.platform.spool.spool import Spool

__all__ = ["Limits", "Spool"]
