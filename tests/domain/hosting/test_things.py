"""Things that change hands keep their number, and their photographs, whatever their line says later."""

from typing import Any

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from apps.core.errors import Invalid
from apps.hosting.inventory import Thing, confirm_inventory, things_of, write_inventory
from apps.hosting.models import Agreement, Inventory, Photo
from apps.hosting.photos import add_photo, inventories_with_pictures
from tests.factories.hosting import House, countersigned, fresh, running
from tests.factories.refusals import refused
from workflows.hosting.forms import ThingsField

PICTURE = b"\x89PNG\r\n\x1a\n0000"


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Any) -> None:
    settings.ATTACHMENTS_DIR = tmp_path


def write(home: House, agreement: Agreement, *things: Thing, way: str = "in") -> Inventory:
    return write_inventory(agreement=agreement, way=way, things=things, by=home.hana, now=home.now)


def photograph(home: House, agreement: Agreement, item: str = "", about: str = "in", key: int = 0) -> Photo:
    return add_photo(
        agreement=agreement,
        about=about,
        item=item,
        key=key,
        name="a.png",
        content=PICTURE,
        by=home.hana,
        now=home.now,
    )


def shown(agreement: Agreement, way: str = "in") -> dict[str, list[Photo]]:
    """The photographs of each line of an inventory."""
    [found] = [
        one
        for one in inventories_with_pictures(agreement, agreement.photos.order_by("pk"))
        if one.inventory.way == way
    ]
    return {line.item.name: line.photos for line in found.lines}


def numbers(inventory: Inventory) -> list[tuple[str, int]]:
    return list(inventory.items.order_by("place").values_list("name", "key"))


def test_a_changed_line_keeps_its_photographs(home: House) -> None:
    agreement = countersigned(home)
    write(home, agreement, Thing("主机", 1), Thing("样品台", 3))
    photo = photograph(home, agreement, "样品台")
    write(home, agreement, Thing("新镜头", 1), Thing("样品台, 三件", 3, key=2), Thing("主机", 1))
    assert shown(agreement) == {"新镜头": [], "样品台, 三件": [photo], "主机": []}


def test_a_line_of_the_same_name_is_the_same_thing_without_its_sign(home: House) -> None:
    agreement = countersigned(home)
    assert numbers(write(home, agreement, Thing("主机", 1), Thing("台", 1))) == [("主机", 1), ("台", 2)]
    assert numbers(write(home, agreement, Thing("台", 2), Thing("主机", 1))) == [("台", 2), ("主机", 1)]


def test_two_things_of_one_name_are_two(home: House) -> None:
    agreement = countersigned(home)
    assert numbers(write(home, agreement, Thing("镜头", 1), Thing("镜头", 1))) == [("镜头", 1), ("镜头", 2)]
    first, second = (photograph(home, agreement, key=key) for key in (1, 2))
    write(home, agreement, Thing("镜头 A", 1, key=2), Thing("镜头 B", 1, key=1))
    assert shown(agreement) == {"镜头 A": [second], "镜头 B": [first]}


def test_a_number_is_never_given_twice(home: House) -> None:
    agreement = countersigned(home)
    write(home, agreement, Thing("主机", 1), Thing("台", 1))
    write(home, agreement, Thing("主机", 1))
    assert numbers(write(home, agreement, Thing("主机", 1), Thing("泵", 1)))[1] == ("泵", 3)
    # What was struck out by mistake comes back under its sign.
    assert numbers(write(home, agreement, Thing("主机", 1), Thing("台", 1, key=2)))[1] == ("台", 2)


@pytest.mark.parametrize("keys", [(1, 1), (1, 99), (-1, 1)])
def test_signs_that_stand_twice_or_belong_to_nothing_are_refused(home: House, keys: tuple[int, int]) -> None:
    agreement = countersigned(home)
    before = numbers(write(home, agreement, Thing("主机", 1), Thing("台", 1)))
    with refused(Invalid, "hosting.thing_key"):
        write(home, agreement, Thing("主机", 1, key=keys[0]), Thing("台", 1, key=keys[1]))
    assert numbers(agreement.inventories.get()) == before


def test_what_is_photographed_before_its_inventory_is_found_there(home: House) -> None:
    agreement = countersigned(home)
    photo = photograph(home, agreement, "台")
    write(home, agreement, Thing("主机", 1), Thing("台", 1))
    assert shown(agreement) == {"主机": [], "台": [photo]}


def test_the_return_knows_the_things_of_the_handover(home: House) -> None:
    agreement = running(home)
    before = photograph(home, agreement, "样品台")
    back = write(home, agreement, Thing("样品台 (一件坏)", 3, "damaged", key=2), Thing("主机", 1), way="out")
    after = photograph(home, agreement, about="out", key=2)
    assert numbers(back) == [("样品台 (一件坏)", 2), ("主机", 1)]
    assert after.item == "样品台 (一件坏)"
    assert shown(agreement, "in")["样品台"] == [before]
    assert shown(agreement, "out")["样品台 (一件坏)"] == [after]
    assert things_of(agreement) == {1: "主机", 2: "样品台 (一件坏)"}


def test_a_confirmed_inventory_still_takes_photographs_of_its_things(home: House) -> None:
    agreement = countersigned(home)
    write(home, agreement, Thing("主机", 1))
    confirm_inventory(agreement=agreement, way="in", by=home.owner, now=home.now)
    photo = photograph(home, agreement, key=1)
    assert shown(agreement) == {"主机": [photo]}


def test_no_photograph_of_a_thing_that_is_not_there(home: House) -> None:
    agreement = countersigned(home)
    write(home, agreement, Thing("主机", 1))
    for about, key in (("in", 7), ("out", -1), ("inspection", 1)):
        with refused(Invalid, "hosting.thing_key"):
            photograph(home, agreement, about=about, key=key)
    assert photograph(home, agreement, "真空度", about="inspection").key == 0
    assert fresh(agreement).things == 1


words = st.text(
    st.characters(codec="utf-8", exclude_characters=";\uff1b\t\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029\0")
)


@pytest.mark.once
@given(
    name=words.map(str.strip).filter(lambda text: text and len(text) < 100),
    key=st.integers(1, 999_999),
    note=words.map(str.strip).filter(lambda text: len(text) < 100 and not text.startswith(("#", "\uff03"))),
)
def test_a_line_reads_back_as_it_was_written(name: str, key: int, note: str) -> None:
    line = f"{name}; 3; worn; " + (f"{note}; #{key}" if note else f"#{key}")
    [thing] = ThingsField(required=True).clean(line)
    assert thing == Thing(name, 3, "worn", note, key)


@pytest.mark.parametrize("said", ["worn", "Worn", "磨损"])
def test_a_condition_is_read_in_both_languages(said: str) -> None:
    with override("en"):
        [thing] = ThingsField(required=True).clean(f"样品台;3;{said};一件边缘磨损")
    assert thing == Thing("样品台", 3, "worn", "一件边缘磨损")
