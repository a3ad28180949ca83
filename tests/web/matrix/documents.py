"""Rows of the documents room. The document is a certificate of Alice's that Teng issued; the check page is
for whoever holds the paper.
"""

from documents.models import Document
from documents.operations import issue_document
from tests.documents.papers import certificate
from tests.web.matrix.rows import EVERYBODY, SIGN_IN, Arguments, Statuses
from tests.web.scene import Scene


def paper(scene: Scene) -> Document:
    """The document; asked again, the same."""
    people = scene.people
    return issue_document(
        context=certificate(),
        subject_ref=f"certificate:{people.certificate.ulid}",
        holder=people.alice,
        by=people.teng,
        now=scene.now,
        language="zh-hans",
    )


ROUTES: dict[str, Statuses] = {
    "document_check_form": EVERYBODY,
    "document_check": EVERYBODY,
    "document_detail": (SIGN_IN, 404, 200, 200, 200),
}
ARGUMENTS: dict[str, Arguments] = {
    "document_check": lambda scene: {"code": paper(scene).grouped_code},
    "document_detail": lambda scene: {"ulid": paper(scene).ulid},
}
