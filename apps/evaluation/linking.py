"""Where the records of a frozen figure are read beside the number: by everybody who reads what it stands in,
not only by those who see the figures of the instrument themselves. Other addresses stay as they are.
"""

from urllib.parse import urlsplit

from django.urls import Resolver404, resolve, reverse

from apps.evaluation.models import FacilityCell, FrozenFigure


def figure_link(figure: FrozenFigure) -> str:
    """Of a figure of a sheet; '' where nothing lists its records."""
    if lists_records(figure.link):
        return reverse("evaluation_figure", args=[figure.sheet.ulid, figure.key])
    return figure.link


def cell_link(cell: FacilityCell) -> str:
    """Of a cell of a facility's table; '' where nothing lists its records."""
    if lists_records(cell.link):
        return reverse("facility_figure", args=[cell.table.ulid, cell.key])
    return cell.link


def lists_records(link: str) -> bool:
    """Whether an address is that of the records behind a figure."""
    try:
        return resolve(urlsplit(link).path).url_name == "figure_records"
    except Resolver404:
        return False
