"""A round of evaluation behind the pages: the FE-SEM A and two sisters, in the state that a test asks for."""

from apps.evaluation import judging, publishing, reporting, sheets
from apps.evaluation.models import Appeal, Evidence, ReportItem, Round, Sheet
from apps.people.posts import appoint_post
from tests.factories.evaluations import drawn, figures, item, scored, sheet_of
from tests.factories.instruments import many
from tests.web.scene import Scene


def round_of(scene: Scene) -> Round:
    """A round whose crews report."""

    def make() -> Round:
        they = scene.people
        appoint_post(user=they.wang, unit=they.lab, kind="lab_head", by=they.office, now=scene.now)
        return drawn(they, scene.now)

    return scene.once("round", make)


def own_sheet(scene: Scene) -> Sheet:
    """The sheet of the FE-SEM A, which Teng completes."""
    return sheet_of(round_of(scene), scene.people.sem)


def item_of(scene: Scene) -> ReportItem:
    """A prize on it."""
    return scene.once("item", lambda: item(own_sheet(scene), scene.now))


def evidence_of(scene: Scene) -> Evidence:
    """A file of it that is being sent."""
    they = scene.people

    def make() -> Evidence:
        return reporting.attach_evidence(
            item=item_of(scene), name="prize.pdf", size=10, by=they.teng, now=scene.now
        )

    return scene.once("evidence", make)


def noticed(scene: Scene) -> Round:
    """A round whose scores are noticed; its scheme and period are those of `round_of`."""

    def make() -> Round:
        they = scene.people
        others = many(they.sem, 2, first=890_100)
        given = {one.pk: figures(500 * n, alone=n) for n, one in enumerate([they.sem, *others], start=1)}
        round_ = scored(they, scene.now, given)
        return publishing.open_notice(round_=round_, now=scene.now)

    return scene.once("noticed", make)


def appealed(scene: Scene) -> Appeal:
    """Teng has appealed."""
    sheet = sheet_of(noticed(scene), scene.people.sem)
    return judging.raise_appeal(
        sheet=sheet, reason="an outage of the meter", by=scene.people.teng, now=scene.now
    )


def with_the_lab(scene: Scene) -> Sheet:
    """The sheet is with the laboratory."""
    return sheets.pass_on(sheet=own_sheet(scene), to="lab", by=None, now=scene.now)
