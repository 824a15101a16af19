"""How often one may ask: per key or user, and per address; in memory, or in a store that several processes share."""

from __future__ import annotations

import math
import time
from typing import Final

from advisor.errors import InputError, RequestError

PER_PRINCIPAL: Final = "1200/minute"
PER_ADDRESS: Final = "3000/minute"
LOGINS: Final = "10/minute"  # per address, and per name
FEEDBACK: Final = "600/minute"  # per deployment: a flood of it must not keep the database from the gateway
FEEDBACK_RECORD: Final = "10/minute"  # per answer that is spoken of from a page
VARIABLE: Final = "ADVISOR_RATE_LIMIT"
STORAGE: Final = "ADVISOR_RATE_LIMIT_STORAGE"


class RateLimits:
    """Counts requests in fixed windows. `per_principal` is written as 1200/minute, `storage` as a URL of `limits`."""

    def __init__(self, per_principal: str = PER_PRINCIPAL, storage: str = "memory://") -> None:
        """Raises InputError for a limit or a storage that cannot be read."""
        from limits import parse
        from limits.errors import ConfigurationError
        from limits.storage import storage_from_string
        from limits.strategies import FixedWindowRateLimiter

        try:
            self._limits = {
                "principal": parse(per_principal),
                "address": parse(PER_ADDRESS),
                "login": parse(LOGINS),
                "feedback": parse(FEEDBACK),
                "feedback_record": parse(FEEDBACK_RECORD),
            }
        except ValueError:
            raise InputError(
                f"{per_principal!r} is no limit", where=VARIABLE, what_to_do="write it as 1200/minute"
            ) from None
        try:
            self._limiter = FixedWindowRateLimiter(storage_from_string(storage))
        except ConfigurationError as error:
            raise InputError(
                f"the storage of rate limits cannot be used: {error}",
                where=STORAGE,
                what_to_do="write it as redis://HOST:6379, and install the package of its client",
            ) from None

    def count(self, kind: str, *who: str) -> None:
        """Count a request of the kind principal, address, login, feedback or feedback_record.

        Raises RequestError where it is one too many.
        """
        limit = self._limits[kind]
        if not self._limiter.hit(limit, kind, *who):
            reset = self._limiter.get_window_stats(limit, kind, *who).reset_time
            raise RequestError(
                f"too many requests: at most {limit}",
                status=429,
                code="rate_limit_exceeded",
                retry_after_s=max(1, math.ceil(reset - time.time())),
            )
