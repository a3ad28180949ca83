"""Switching the language keeps the page. Works before signing in too; of somebody who is signed in it is
remembered for mails.
"""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_POST
from django.views.i18n import set_language as switch

from apps.core import clock
from apps.notices.preferences import remember_page_language
from apps.people.models import User


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponseBase:
    """Remember the language in a cookie and go back to the page named in `next`, on this site only."""
    answer = switch(request)
    if isinstance(request.user, User):
        remember_page_language(user=request.user, language=request.POST.get("language", ""), now=clock.now())
    return answer
