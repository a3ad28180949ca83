"""`manage.py demo_school`: the fictional Qingyu University, made once; asked again it only renews what has
run out.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from apps.core import clock
from apps.funding.models import FundAccount
from apps.people.models import User
from apps.portal.demo import roster
from apps.portal.demo.activity import book_today_and_ahead, deliver, live_through_the_past, renew_bookings
from apps.portal.demo.cases import go_on
from apps.portal.demo.committee import seat_committee
from apps.portal.demo.crowd import gather_crowd
from apps.portal.demo.evaluations import evaluations
from apps.portal.demo.facility_years import facility_years
from apps.portal.demo.hosting import host_instruments
from apps.portal.demo.machines import write_controllers, write_private
from apps.portal.demo.month import busy_month
from apps.portal.demo.reviews import FOUNDED_AGO, judged_before, under_review
from apps.portal.demo.sampling import hand_in_samples
from apps.portal.demo.school import GROUPS, found_school, trouble_some
from apps.portal.demo.shelving import fill_library
from apps.portal.demo.year_lessons import past_lessons
from apps.portal.demo.years import past_years
from documents.operations import sealing_later

REFUSED = 2


class Command(BaseCommand):
    help = (
        "Make the demonstration school: 84 instruments, its people, funds, fees, certificates, past uses and "
        "charges, a month of bookings, samples, open cases, six controllers. Does nothing twice. Refused "
        "unless settings.DEMO is true."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--past-years", action="store_true", help="three past years of use too, some 120,000 records"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object on one line")

    def handle(self, *_: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                "demo.refused: its passwords are known to everybody; only where settings.DEMO is true",
                returncode=REFUSED,
            )
        now = clock.now()
        told = self._make(now, past=options["past_years"])
        folder = Path(settings.RUN_DIR)
        told["controllers"] = write_controllers(folder / "controllers", now=now)
        write_private(folder / "demo-logins.json", told["logins"])
        deliver(now)
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            self._print(told)

    def _make(self, now: datetime, *, past: bool) -> dict[str, Any]:
        """The school, whole or not at all."""
        told: dict[str, Any] = {
            "made": False,
            "past_uses": 0,
            "skipped": [],
            "not_booked": [],
            "not_renewed": [],
        }
        with sealing_later(), transaction.atomic():  # laying out nine papers would take longer than the rest
            if not User.objects.filter(username=roster.PEOPLE[0].login).exists():
                school = found_school(founded=now - FOUNDED_AGO, now=now)
                told["made"] = True
                seat_committee(school, founded=now - FOUNDED_AGO)
                judged_before(school, now=now)
                told["past_uses"] = live_through_the_past(school, now=now)
                trouble_some(school, now=now)
                book_today_and_ahead(school, now=now)
                go_on(school, now=now)
                crowd = gather_crowd(school, founded=now - FOUNDED_AGO, now=now)
                told["not_booked"] = busy_month(school, crowd, now=now)
                told["sample_requests"] = hand_in_samples(school, now=now)
                under_review(school, now=now)
                if past:
                    told["taken_over"] = {
                        "uses": past_years(founded=now - FOUNDED_AGO, now=now),
                        **past_lessons(now=now),
                        "evaluations": evaluations(school, now=now),
                        "facilities": facility_years(school, now=now),
                    }
                told["hosted"] = host_instruments(school, now=now)
                told["assets"] = fill_library(school, now=now)
                told["skipped"] = [vars(line) for line in school.skipped]
            else:
                told["not_renewed"] = _renew(now)
        told["logins"] = [
            {"login": person.login, "password": roster.PASSWORD, "role": person.role}
            for person in roster.PEOPLE
        ]
        told["cards"] = [
            {"uid": card.uid, "holder": card.login or None, "shows": card.shows_en, "shows_zh": card.shows_zh}
            for card in roster.CARDS
        ]
        return told

    def _print(self, told: dict[str, Any]) -> None:
        write = self.stdout.write
        write("Qingyu University is " + ("ready." if told["made"] else "here already."))
        for line in told["skipped"]:
            write(f"  not priced: {line['fee_code']} ({line['asset_no']}): {line['reason']}")
        for asset_no, code in told["not_booked"]:
            write(f"  not booked: {asset_no}: {code}")
        for login, code in told["not_renewed"]:
            write(f"  no booking now for {login}: {code}")
        write(f"People (password of all: {roster.PASSWORD}):")
        for person in told["logins"]:
            write(f"  {person['login']:<10} {person['role']}")
        write("Cards:")
        for card in told["cards"]:
            write(f"  {card['uid']:<15} {card['holder'] or '-':<10} {card['shows']}")
        write("Controllers:")
        for machine in told["controllers"]:
            write(f"  {machine['dev']:<10} {machine['asset_no']}  {machine['config']}")


def _renew(now: datetime) -> list[tuple[str, str]]:
    """Bookings that run now for those who are meant to have one."""
    people = {user.username: user for user in User.objects.filter(username__in=[p for p, _a in roster.NOW])}
    fund_no = {login: number for _zh, _en, members, number, _fen in GROUPS.values() for login in members}
    if set(people) != {login for login, _asset in roster.NOW}:
        return []
    funds = {login: FundAccount.objects.get(number=fund_no[login]) for login in people}
    return renew_bookings(people=people, funds=funds, now=now)
