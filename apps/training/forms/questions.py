"""Forms of the question bank."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.clock import SCHOOL_ZONE, school_time
from apps.core.workbooks import TYPE
from apps.instruments.models import Facility
from apps.training.forms.inputs import area, choose, day, number, select, text
from apps.training.models import Question, Topic
from apps.training.wordings import LETTERS, Option, Wording, wording_of

_SUBMIT = {"data-submit": ""}


class QuestionFilter(forms.Form):
    """What may be asked of the bank; unknown values are ignored."""

    q = forms.CharField(required=False, max_length=80, label=_("Words or code"), widget=text(type="search"))
    topic = forms.ChoiceField(required=False, label=_("Topic"), widget=select(**_SUBMIT))
    kind = forms.ChoiceField(
        required=False,
        label=_("Kind"),
        choices=(("", _("All")), *Question.Kind.choices),
        widget=select(**_SUBMIT),
    )

    def __init__(self, *args: Any, topics: Iterable[Topic], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "topic", [("", _("All")), *((topic.code, topic.name) for topic in topics)])

    def criteria(self) -> dict[str, str]:
        """The valid part of what was asked."""
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in ("q", "topic", "kind")}


class TopicForm(forms.Form):
    """A new topic, of one of the facilities or of the school."""

    code = forms.CharField(label=_("Code"), max_length=40, widget=text())
    name_zh = forms.CharField(label=_("Name (Chinese)"), max_length=80, widget=text())
    name_en = forms.CharField(label=_("Name (English)"), max_length=120, widget=text())
    facility = forms.ChoiceField(label=_("Kept by"), required=False, widget=select())

    def __init__(self, *args: Any, facilities: Iterable[Facility], school: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._facilities = {one.ulid: one for one in facilities}
        first = [("", _("The equipment office (whole school)"))] if school else []
        choose(self, "facility", [*first, *((ulid, str(one)) for ulid, one in self._facilities.items())])

    @property
    def chosen_facility(self) -> Facility | None:
        """The facility that was chosen; None is the school."""
        return self._facilities.get(self.cleaned_data.get("facility", ""))


class QuestionForm(forms.Form):
    """One wording. `wording` is what the operation takes; it finds the faults."""

    code = forms.CharField(label=_("Code"), max_length=40, widget=text())
    topic = forms.ChoiceField(label=_("Topic"), widget=select())
    kind = forms.ChoiceField(label=_("Kind"), choices=Question.Kind.choices, widget=select())
    points = forms.IntegerField(label=_("Points"), initial=1, widget=number(min=1, max=100))
    text_zh = forms.CharField(label=_("Question (Chinese)"), widget=area(lang="zh"))
    text_en = forms.CharField(label=_("Question (English)"), required=False, widget=area(lang="en"))
    correct = forms.CharField(
        label=_("Right answer"),
        max_length=20,
        help_text=_("Letters of the options, e.g. B or ACD. For true or false: A is true, B is false."),
        widget=text(),
    )
    explanation_zh = forms.CharField(
        label=_("Explanation (Chinese)"), required=False, widget=area(2, lang="zh")
    )
    explanation_en = forms.CharField(
        label=_("Explanation (English)"), required=False, widget=area(2, lang="en")
    )
    active_from = forms.DateField(label=_("Asked from"), required=False, widget=day())
    active_until = forms.DateField(label=_("Last day"), required=False, widget=day())

    def __init__(self, *args: Any, topics: Iterable[Topic], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "topic", [(topic.code, f"{topic.code} {topic.name}") for topic in topics])
        for letter in LETTERS:
            for tongue, label in (
                ("zh", _("Option %(letter)s (Chinese)")),
                ("en", _("Option %(letter)s (English)")),
            ):
                self.fields[f"option_{letter}_{tongue}"] = forms.CharField(
                    label=label % {"letter": letter}, required=False, max_length=1000, widget=text()
                )
        self.order_fields(
            [
                *("code", "topic", "kind", "points", "text_zh", "text_en"),
                *(f"option_{letter}_{tongue}" for letter in LETTERS for tongue in ("zh", "en")),
            ]
        )

    @property
    def parts(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields in three parts; the options are shown in pairs, Chinese beside English."""
        fields = list(self.visible_fields())
        options = [place for place, field in enumerate(fields) if field.name.startswith("option_")]
        first, after = options[0], options[-1] + 1
        return [("", fields[:first]), ("pairs", fields[first:after]), ("", fields[after:])]

    @property
    def wording(self) -> Wording:
        """What was written."""
        data = self.cleaned_data
        found = [
            Option(letter, data[f"option_{letter}_zh"], data[f"option_{letter}_en"]) for letter in LETTERS
        ]
        while found and not (found[-1].zh or found[-1].en):
            found.pop()
        last = data["active_until"]
        return Wording(
            code=data["code"].strip(),
            topic=data["topic"],
            kind=data["kind"],
            points=data["points"],
            text_zh=data["text_zh"],
            text_en=data["text_en"],
            options=() if data["kind"] == Question.Kind.TRUE_FALSE else tuple(found),
            correct=tuple(
                letter for letter in data["correct"].upper() if not letter.isspace() and letter != ","
            ),
            explanation_zh=data["explanation_zh"],
            explanation_en=data["explanation_en"],
            active_from=_midnight(data["active_from"]),
            active_until=_midnight(last + timedelta(days=1)) if last else None,
        )


def initial_question(question: Question) -> dict[str, Any]:
    """A question as the form shows it."""
    wording = wording_of(question)
    names = ("code", "topic", "kind", "points", "text_zh", "text_en", "explanation_zh", "explanation_en")
    shown: dict[str, Any] = {name: getattr(wording, name) for name in names}
    shown["correct"] = "".join(wording.correct)
    shown |= {f"option_{o.key}_zh": o.zh for o in wording.options}
    shown |= {f"option_{o.key}_en": o.en for o in wording.options}
    shown["active_from"], shown["active_until"] = days_of(wording)
    return shown


def days_of(wording: Wording) -> tuple[date | None, date | None]:
    """The first and the last day on which a question is asked, on the school's calendar."""
    begins, ends = wording.active_from, wording.active_until
    return (
        school_time(begins).date() if begins else None,
        (school_time(ends) - timedelta(days=1)).date() if ends else None,
    )


class UploadForm(forms.Form):
    """A file of questions."""

    file = forms.FileField(
        label=_("File (CSV or Excel)"),
        widget=forms.ClearableFileInput(
            attrs={
                "class": "form-control",
                "accept": f".csv,.xlsx,text/csv,{TYPE}",
            }
        ),
    )


def _midnight(day_: Any) -> datetime | None:
    return datetime(day_.year, day_.month, day_.day, tzinfo=SCHOOL_ZONE) if day_ else None
