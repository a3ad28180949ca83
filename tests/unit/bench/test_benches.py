"""Every bench runs at a small size and prints lines that can be read by a program; no figure is judged."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from bench import browsing
from bench.fleet import FleetReport
from bench.handwritten import all_tagged
from bench.lines import spread
from bench.replaying import Repeater, untagged
from scripts.processes import ROOT

pytestmark = pytest.mark.once
SENTENCES = {"name", "load", "machine"}


def lines_of(*arguments: str) -> list[dict[str, Any]]:
    """The lines of one bench in a process of its own, as a user starts it."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(set(line) >= SENTENCES for line in lines)
    return lines


def test_the_decision_bench_compares_both_engines_on_every_table() -> None:
    lines = lines_of("bench", "decision", "--quick")
    assert lines[0]["name"] == "machine"
    assert {line["engine"] for line in lines[1:]} == {"durable", "codegen"}
    assert {line["rows"] for line in lines if line.get("table") == "bench.visit"} == {5, 50, 500}
    assert lines[-1]["name"] == "decision_soak"
    assert lines[-1]["wrong"] == 0


def test_the_swipe_bench_grants_every_swipe_and_repeats_its_sql() -> None:
    lines = lines_of("bench.bench_swipe", "--quick", "--database", "sqlite")
    compared = lines[0]
    assert compared["name"] == "swipe_to_grant"
    assert compared["ratio"] == pytest.approx(compared["p50_ms"] / compared["baseline_p50_ms"], abs=0.01)
    assert compared["sql_statements"] > 10
    assert [line["name"] for line in lines[1:]] == [
        "swipe_at_10_per_s",
        "swipe_at_10_per_s_random_arrivals",
        "swipe_saturation",
    ]


def test_the_booking_bench_books_for_eight_at_once_and_writes_the_same_rows() -> None:
    together, apart = lines_of("bench.bench_booking", "--quick", "--database", "sqlite")
    assert (together["name"], apart["name"]) == ("booking_together", "booking_apart")
    for line in (together, apart):
        assert (line["clients"], line["n"]) == (8, 24)
        assert line["rows"] > 8
        # Rates are told to one decimal, so their quotient is only nearly the ratio.
        assert line["ratio"] == pytest.approx(line["baseline_per_second"] / line["per_second"], rel=0.05)


def test_the_fleet_bench_hears_every_controller() -> None:
    fleet, arrival = lines_of("bench.bench_fleet", "--quick", "--database", "sqlite")
    assert (fleet["name"], arrival["name"]) == ("fleet", "fleet_arrival")
    assert fleet["heartbeats"] == fleet["controllers"] == 20
    assert 0 < fleet["hbacks"] <= fleet["heartbeats"]
    assert fleet["refused"] == fleet["lost_connections"] == 0


@pytest.mark.django_db
def test_the_page_bench_asks_no_more_queries_of_a_larger_school(capsys: pytest.CaptureFixture[str]) -> None:
    # The middleware for static files warns about a folder that nobody has collected them into.
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    browsing.run(quick=True, profile=None)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    small, large = (line for line in lines if line["name"] == "instruments_list")
    assert small["rows"] < large["rows"]
    assert small["queries"] == large["queries"]
    assert [line["name"] for line in lines[4:]] == ["wall", "wall_tiles", "wall_tiles_unchanged"]


def test_the_bench_of_cases_compares_with_bare_viewflow_and_a_small_archive_with_a_large_one() -> None:
    lines = lines_of("bench.bench_cases", "--quick", "--database", "sqlite")
    approval, vote_round, *pages = lines
    assert (approval["name"], vote_round["name"]) == ("approval_three_steps", "vote_round")
    for line in (approval, vote_round):
        assert line["ratio"] == pytest.approx(line["p50_ms"] / line["baseline_p50_ms"], abs=0.01)
        assert line["statements"] > line["baseline_statements"] > 40
    tabs = [f"inbox_{tab}" for tab in ("mine", "claimable", "applied", "done")]
    assert [line["name"] for line in pages] == tabs * 2
    for small, large in zip(pages[:4], pages[4:], strict=True):
        assert (small["rows"], large["rows"]) == (30, 300)
        assert small["queries"] == large["queries"] <= 8


def test_the_bench_of_documents_compares_with_bare_weasyprint_on_the_same_html() -> None:
    lines = lines_of("bench.bench_documents", "--quick")
    assert [(line["kind"], line["language"]) for line in lines] == [
        (kind, language) for kind in ("certificate", "fee_decision") for language in ("zh-hans", "en")
    ]
    for line in lines:
        assert line["ratio"] == pytest.approx(line["p50_ms"] / line["baseline_p50_ms"], abs=0.01)
        assert line["bytes"] > 20_000
        assert line["bar"] == "ratio <= 1.2"


class Notebook:
    """A database that notes what it is asked and answers an INSERT with a key."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []

    def begin(self) -> None:
        self.asked.append(("BEGIN", ()))

    def run(self, sql: str, params: Any) -> list[int]:
        self.asked.append((sql, params))
        return [5001] if sql.startswith("INSERT") else []

    def commit(self) -> None:
        self.asked.append(("COMMIT", ()))


def test_a_repetition_has_new_identifiers_and_the_keys_of_its_own_rows() -> None:
    old = "01jd0000000000000000000000"
    listing = {
        "fresh": [old],
        "preparation": [],
        "statements": [
            {"sql": "INSERT a", "params": [old, 7, True], "keys": [900_000_001]},
            {"sql": "INSERT b", "params": [f"say {old}", 900_000_001], "keys": []},
            {"sql": "SELECT c", "params": {"who": 7}, "keys": []},
        ],
    }
    notebook = Notebook()
    Repeater(notebook, listing, place="%s").repeat()
    begin, first, second, third, commit = notebook.asked
    assert (begin[0], commit[0]) == ("BEGIN", "COMMIT")
    made = first[1][0]
    assert made != old
    assert len(made) == 26
    assert first[1][1:] == [7, True]
    assert second[1] == [f"say {made}", 5001]
    assert third[1] == {"who": 7}


def test_parameters_come_back_from_json_as_they_were() -> None:
    plain = ["text", 3, None, True, ["a", "b"]]
    told = json.loads(json.dumps(all_tagged(tuple(plain))))
    assert [untagged(value) for value in told] == plain


def test_a_report_without_answers_has_no_percentiles() -> None:
    assert FleetReport(controllers=1, powered=0, seconds=1.0).to_json()["p99_ms"] is None
    assert spread([1.0, 3.0])["p50_ms"] == 2.0


def test_the_bench_of_the_dossier_compares_with_sql_by_hand_and_asks_few_queries() -> None:
    dossier, effect, both = lines_of("bench.bench_dossier", "--quick", "--database", "sqlite")
    assert [line["name"] for line in (dossier, effect, both)] == [
        *("dossier", "dossier_effect", "dossier_with_effect"),
    ]
    assert (both["peers"], both["uses"]) == (20, 500)
    assert max(dossier["queries"], effect["queries"]) == both["queries"] <= 15
    assert both["ratio"] == pytest.approx(both["p50_ms"] / both["baseline_p50_ms"], rel=0.01)


def test_the_bench_of_the_calendar_asks_six_queries_whatever_there_is() -> None:
    one, whole = lines_of("bench.bench_calendar", "--quick", "--database", "sqlite")
    assert [line["name"] for line in (one, whole)] == ["calendar_instrument", "calendar_facility"]
    assert (one["instruments"], one["items"]) == (1, 50)
    assert (whole["instruments"], whole["items"] > 4 * 50) == (5, True)
    assert one["queries"] == whole["queries"] == 6
    assert whole["ratio"] == pytest.approx(whole["p50_ms"] / whole["baseline_p50_ms"], rel=0.01)


def test_the_figure_bench_counts_what_the_statement_by_hand_counts() -> None:
    [line] = lines_of("bench.bench_figures", "--quick", "--database", "sqlite")
    assert (line["name"], line["records"], line["instruments"]) == ("figures_of_a_year", 5000, 84)
    assert line["queries"] <= 19
    assert line["ratio"] > 0


def test_the_scoring_bench_agrees_with_the_formula_by_hand() -> None:
    alone, whole = lines_of("bench.bench_scoring", "--quick", "--database", "sqlite")
    assert (alone["name"], alone["scores"]) == ("scores_alone", 60)
    assert (whole["name"], whole["sheets"]) == ("scoring_a_round", 84)
    assert whole["rows"] == 84 * (7 + 1 + 1)  # reported figures, the score, its decision
    assert whole["ratio"] > 0
