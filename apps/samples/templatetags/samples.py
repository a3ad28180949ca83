"""A sample in words: what is dangerous about it, and the answers to what its service asks."""

from collections.abc import Iterable

from django import template
from django.utils.translation import gettext as _

from apps.samples.fields import CHOICE, FLAG, Field
from apps.samples.models import Hazard, Sample

register = template.Library()


@register.filter
def traits(sample: Sample) -> list[str]:
    """Hazards and the properties that instruments mind, as words."""
    words = [str(Hazard(hazard).label) for hazard in sample.hazards]
    if sample.magnetic:
        words.append(_("Magnetic"))
    if sample.volatile:
        words.append(_("Volatile"))
    return words


@register.filter
def answers(sample: Sample, fields: Iterable[Field]) -> list[tuple[str, str]]:
    """What was answered to the service's questions, with the labels of the reader's language."""
    return [
        (field.label, _said(field, sample.values[field.key]))
        for field in fields
        if field.key in sample.values
    ]


def _said(field: Field, answer: object) -> str:
    if field.kind == FLAG:
        return _("yes") if answer else _("no")
    if field.kind == CHOICE:
        return next((one.name for one in field.choices if one.value == answer), str(answer))
    return f"{answer} {field.unit}".strip()
