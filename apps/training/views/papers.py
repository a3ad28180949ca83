"""The paper of a certificate: made when somebody first asks for it, then opened."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.core import clock
from apps.core.errors import NotFound, NotPermitted
from apps.people.views import viewer
from apps.training.models import Certificate
from apps.training.papers import certificate_paper as paper_of


@require_POST
def certificate_paper(request: HttpRequest, ulid: str) -> HttpResponse:
    """Make the paper unless there is one, and lead to it in the language of the page. Whoever may not read
    it is told that there is no such certificate.
    """
    user, now = viewer(request), clock.now()
    rows = Certificate.objects.select_related(
        "user__unit", "instrument__facility", "issued_by", "countersigned_by"
    )
    certificate = get_object_or_404(rows, ulid=ulid)
    try:
        document = paper_of(certificate, by=user, now=now)
    except NotPermitted:
        raise NotFound(_("There is no such certificate."), code="training.certificate_unknown") from None
    return redirect(f"{reverse('document_detail', args=[document.ulid])}?language={get_language()}")
