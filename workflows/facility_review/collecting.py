"""The figures of facilities for their yearly table, from every room that has records of them. Reads only."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from apps.core.figures import Figure, FigureUnit, digest_of
from apps.core.periods import in_force
from apps.evaluation.crediting import papers_of_facilities
from apps.instruments.models import CrewMember, Facility, Instrument
from apps.reports.figures import calendar_year
from apps.reports.figures.tables import of_facilities


def collect(year: int, now: datetime) -> Mapping[int, Mapping[str, Figure]]:
    """The figures of each facility in a calendar year, with the digests of their records. Staff and assets
    are those at its end, or now while it runs.
    """
    period = calendar_year(year)
    at = min(now, period.until)
    found = {key: dict(figures) for key, figures in of_facilities(period, at=now, digests=True).items()}
    people, assets, papers = _staff(at), _assets(at), papers_of_facilities(year)
    for facility in Facility.objects.order_by("pk"):
        figures = found.setdefault(facility.pk, {})
        link = f"{reverse('instrument_list')}?facility={facility.ulid}"
        figures |= {one.key: one for one in _standing(facility.pk, people, assets, link)}
        figures["papers"] = _papers(papers.get(facility.pk, []), facility, year)
    return found


def _standing(
    facility: int,
    people: Mapping[int, list[str]],
    assets: Mapping[int, list[tuple[str, int]]],
    link: str,
) -> Iterable[Figure]:
    crew, machines = people.get(facility, []), assets.get(facility, [])
    yield Figure("staff", FigureUnit.PEOPLE, len(crew), "instruments.crew", len(crew), digest_of(crew), link)
    signed = digest_of(ulid for ulid, _fen in machines)
    number, value = len(machines), sum(fen for _ulid, fen in machines)
    yield Figure("assets", FigureUnit.ASSETS, number, "instruments.instruments", number, signed, link)
    yield Figure("assets_value", FigureUnit.FEN, value, "instruments.instruments", number, signed, link)


def _papers(ulids: Sequence[str], facility: Facility, year: int) -> Figure:
    """The core papers of a facility: those that its instruments claim in evaluations."""
    link = reverse("facility_papers", args=[year, facility.ulid])
    number, signed = len(ulids), digest_of(ulids)
    return Figure("papers", FigureUnit.PAPERS, number, "evaluation.publications", number, signed, link)


def _staff(at: datetime) -> dict[int, list[str]]:
    """The people of the crews by facility, each once."""
    rows = CrewMember.objects.filter(in_force(at)).order_by("instrument__facility", "user__ulid")
    return _grouped(rows.values_list("instrument__facility", "user__ulid").distinct())


def _assets(at: datetime) -> dict[int, list[tuple[str, int]]]:
    rows = Instrument.objects.filter(commissioned__lte=at.date()).exclude(retired_at__lte=at).order_by("ulid")
    found: dict[int, list[tuple[str, int]]] = {}
    for facility, ulid, fen in rows.values_list("facility_id", "ulid", "price_fen"):
        found.setdefault(facility, []).append((ulid, fen))
    return found


def _grouped(rows: QuerySet[Any, Any]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for facility, ulid in rows:
        found.setdefault(facility, []).append(ulid)
    return found
