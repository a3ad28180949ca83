"""So many requests a minute and no more, counted for each token, or for each person who is signed in. It
protects the others from one program's loop; it is no guard against an attack, which belongs before the
product.
"""

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from ninja.throttling import BaseThrottle

from apps.core import clock

WINDOW_S = 60


class PerMinute(BaseThrottle):
    """At most `settings.API_REQUESTS_PER_MINUTE` in each minute of the clock; 0 means no limit."""

    def allow_request(self, request: HttpRequest) -> bool:
        """Count this one, and say whether it may pass. The asker is known by now."""
        allowed: int = settings.API_REQUESTS_PER_MINUTE
        if not allowed:
            return True
        asker = getattr(request, "auth", None)
        minute = clock.to_ms(clock.now()) // (WINDOW_S * 1000)
        key = f"api:{asker.key if asker else 'nobody'}:{minute}"
        cache.add(key, 0, timeout=2 * WINDOW_S)
        try:
            return cache.incr(key) <= allowed
        except ValueError:  # evicted in between: one request more does no harm
            return True

    def wait(self) -> float:
        """Seconds until the next minute begins."""
        return clock.seconds_left(WINDOW_S)
