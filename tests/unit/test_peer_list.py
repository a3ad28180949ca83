"""What a page lists of an item's peers: all of a few, of very many those nearest in price."""

from apps.fees.content import Item
from apps.fees.figures import MOST_LISTED, ItemFigures, TierFigures
from apps.fees.peers import Peer, Peers

HERE = 20_000


def peer(number: int, fen: int, grade: str = "research") -> Peer:
    name = f"QY{number:06d}"
    return Peer(name, name, "电镜", "SEM", grade, fen, None, name, name, "2026-01-01")


def item(same: list[Peer], others: list[Peer] | None = None) -> ItemFigures:
    tier = TierFigures("internal", HERE, None, Peers(tuple(same), tuple(others or ())), None)
    return ItemFigures(Item("HOUR", "机时", "Time", "self", "hour"), None, (tier,), ())


def test_a_few_are_listed_all_in_their_order() -> None:
    peers = [peer(number, 10_000 + number) for number in range(MOST_LISTED - 1)]
    other = peer(99, HERE, "routine")
    listed = item(peers, [other]).peer_list
    assert [row.peer for row in listed.rows] == [*peers, other]
    assert (listed.count, listed.rows[-1].is_same) == (MOST_LISTED, False)


def test_of_very_many_the_nearest_in_price_are_listed_those_of_the_grade_first() -> None:
    peers = [peer(number, 10_000 + 100 * number) for number in range(500)]
    listed = item(peers, [peer(900, HERE, "routine")]).peer_list
    assert listed.count == 501
    assert len(listed.rows) == MOST_LISTED
    shown = {row.peer.price_fen for row in listed.rows}
    assert all(row.is_same for row in listed.rows)
    furthest = max(abs(fen - HERE) for fen in shown)
    left = [one for one in peers if one.price_fen not in shown]
    assert min(abs(one.price_fen - HERE) for one in left) >= furthest
    assert listed.rows[0].peer.price_fen == HERE


def test_nobody_is_listed_where_there_is_none() -> None:
    assert item([]).peer_list.rows == ()
