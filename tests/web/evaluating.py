"""A round of evaluation behind the pages: the FE-SEM A and two sisters, in the state that a test asks for.
Which pages there are, for whoever looks at all of them.
"""

from django.urls import reverse

from apps.evaluation import judging, publications, publishing, reporting, schemes, sheets
from apps.evaluation.models import Appeal, Claim, Evidence, ReportItem, Round, Scheme, SchemeVersion, Sheet
from apps.people.posts import appoint_post
from tests.factories.evaluations import drawn, figures, item, scored, sheet_of
from tests.factories.instruments import many
from tests.web.scene import Scene
from tests.workflows import evaluations
from workflows.models import Case, Step

Pages = dict[str, dict[str, str]]  # login -> name -> address


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


def claim_of(scene: Scene) -> Claim:
    """A paper on it."""
    sheet = own_sheet(scene)
    return scene.once(
        "claim",
        lambda: publications.claim_paper(
            sheet=sheet, title="A study", year=2026, doi="10.1038/x1", by=None, now=scene.now
        ),
    )


def draft_of(scene: Scene) -> SchemeVersion:
    """The next version of the scheme of a school, as a draft."""
    schemes.install_shipped(now=scene.now)
    scheme = Scheme.objects.get(key="school")
    return schemes.begin_draft(scheme=scheme, by=scene.people.office, now=scene.now)


def pages_of_reports(scene: Scene) -> Pages:
    """Of a round whose crews report, with an item, a file and a paper; of the schemes; of the simulator."""
    item, evidence, claim, draft = item_of(scene), evidence_of(scene), claim_of(scene), draft_of(scene)
    sheet, adopted = own_sheet(scene), SchemeVersion.objects.get(scheme__key="ministry")
    assert evidence.item == item
    of_round = {
        "board": reverse("evaluation_round", args=[sheet.round.ulid]),
        "sheet": reverse("evaluation_sheet", args=[sheet.ulid]),
        "item add": reverse("evaluation_item_add", args=[sheet.ulid]),
        "paper add": reverse("evaluation_paper_add", args=[sheet.ulid]),
    }
    return {
        "teng": {"list": reverse("evaluation_list"), **of_round},
        "office": {
            "list": reverse("evaluation_list"),
            **of_round,
            "nobody found": of_round["board"] + "?text=nobody",
            "item correct": reverse("evaluation_item_correct", args=[item.ulid]),
            "claim refuse": reverse("evaluation_claim_refuse", args=[claim.ulid]),
            "consequences": reverse("evaluation_consequences"),
            "schemes": reverse("evaluation_scheme_list"),
            "scheme": reverse("evaluation_scheme", args=[adopted.ulid]),
            "scheme new": reverse("evaluation_scheme_new"),
            "draft": reverse("evaluation_scheme", args=[draft.ulid]),
            "edit": reverse("evaluation_scheme_edit", args=[draft.ulid]),
            "adopt": reverse("evaluation_scheme_adopt", args=[draft.ulid]),
            "discard": reverse("evaluation_scheme_discard", args=[draft.ulid]),
            "simulator": reverse("evaluation_simulator", args=[adopted.ulid]),
        },
    }


def forming(scene: Scene) -> tuple[evaluations.School, Round, Case]:
    """A round that is scored, by the flow: its panel is to be formed. Job and figures are the caller's
    (`tests.workflows.evaluations.answered`).
    """
    who = evaluations.school_of(scene.people, scene.now)
    round_, case = evaluations.scored(who, scene.now)
    return who, round_, case


def page_of_step(step: Step) -> str:
    """Where somebody answers it."""
    return reverse("task_detail", args=[step.ulid])
