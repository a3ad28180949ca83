"""Making tokens, using and losing them."""

from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from apps.core import outbox
from apps.core.clock import now as present
from apps.core.errors import Invalid, NotPermitted, NotSignedIn, WrongState
from apps.core.models import AuditEntry, Fact, ParameterValue
from apps.people.operations import end_user, reinstate_user, suspend_user
from apps.tokens.minting import digest_of, looks_like_one, mint
from apps.tokens.models import ApiToken
from apps.tokens.operations import create_token, note_use, revoke_all, revoke_token
from apps.tokens.queries import token_of
from tests.factories.facts import audited, told
from tests.factories.refusals import refused
from tests.people import People, gather

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def they(db: None, now: datetime) -> People:
    return gather(now)


def _made(they: People, now: datetime, **given: object) -> tuple[ApiToken, str]:
    asked = {"name": "夜间脚本", "scopes": ["bookings:read"], "days": 30, **given}
    return create_token(user=they.alice, by=they.alice, now=now, **asked)  # type: ignore[arg-type]


def test_a_secret_has_256_random_bits_and_a_name_that_is_not_among_them() -> None:
    minted = mint()
    assert looks_like_one(minted.secret)
    assert minted.secret.startswith(f"{minted.prefix}_")
    assert len(minted.secret.removeprefix(f"{minted.prefix}_")) == 43  # 256 bits in base64url
    assert minted.digest == digest_of(minted.secret)
    assert mint().secret != minted.secret


def test_the_table_holds_a_digest_and_never_the_secret(they: People, now: datetime) -> None:
    token, secret = _made(they, now)
    kept = [str(value) for value in ApiToken.objects.filter(pk=token.pk).values_list().get()]
    assert not any(secret[-43:] in value for value in kept)
    assert token_of(secret, now) == token
    assert (token.valid_from, token.valid_until) == (now, now + 30 * DAY)
    assert token.scope_set == frozenset({"bookings:read"})


def test_making_one_is_audited_and_told_without_its_secret(they: People, now: datetime) -> None:
    token, secret = _made(they, now)
    [entry] = audited("tokens.create_token")
    assert (entry.actor, entry.details["scopes"]) == (they.alice, ["bookings:read"])
    assert told("tokens.created") == [{"user": they.alice.ulid, "token": token.ulid}]
    written = [str(row) for row in (*AuditEntry.objects.values(), *Fact.objects.values())]
    assert not any(secret[-43:] in row for row in written)


def test_nobody_makes_a_token_for_somebody_else(they: People, now: datetime) -> None:
    for by in (they.office, they.wang, they.bob):
        with refused(NotPermitted, "tokens.not_yours"):
            create_token(user=they.alice, name="x", scopes=["me:read"], by=by, now=now)


def test_what_is_not_valid_is_told_at_its_field(they: People, now: datetime) -> None:
    for given, code, field in (
        ({"name": "  "}, "tokens.name", "name"),
        ({"name": "x" * 61}, "tokens.name", "name"),
        ({"scopes": []}, "tokens.scopes", "scopes"),
        ({"scopes": ["bookings:read", "everything"]}, "tokens.scopes", "scopes"),
        ({"days": 0}, "tokens.days", "days"),
        ({"days": 366}, "tokens.days", "days"),
    ):
        with refused(Invalid, code) as met:
            _made(they, now, **given)
        assert met.field == field
    assert not ApiToken.objects.exists()


def test_how_long_it_lasts_is_a_parameter(they: People, now: datetime) -> None:
    token, _secret = _made(they, now, days=None)
    assert token.valid_until == now + 90 * DAY
    ParameterValue.objects.create(key="tokens.max_days", value=14, valid_from=now)
    with refused(Invalid, "tokens.days"):
        _made(they, now, days=15)
    assert _made(they, now, days=14)[0].valid_until == now + 14 * DAY


def test_one_person_has_so_many_and_no_more(they: People, now: datetime) -> None:
    ParameterValue.objects.create(key="tokens.max_per_person", value=2, valid_from=now)
    first, _secret = _made(they, now)
    _made(they, now)
    with refused(WrongState, "tokens.too_many"):
        _made(they, now)
    revoke_token(token=first, reason="旧的", by=they.alice, now=now)
    _made(they, now)


def test_who_is_not_in_force_makes_none(they: People, now: datetime) -> None:
    suspend_user(user=they.alice, reason="违规", by=they.office, now=now)
    with refused(NotPermitted, "people.not_active"):
        _made(they, now)


def test_it_opens_until_its_end_and_no_longer(they: People, now: datetime) -> None:
    token, secret = _made(they, now, days=1)
    assert token_of(secret, now + DAY - timedelta(seconds=1)) == token
    with refused(NotSignedIn, "tokens.ended"):
        token_of(secret, now + DAY)


def test_a_revoked_one_opens_nothing_and_is_revoked_once(they: People, now: datetime) -> None:
    token, secret = _made(they, now)
    with refused(Invalid, "core.reason_required"):
        revoke_token(token=token, reason=" ", by=they.alice, now=now)
    with refused(NotPermitted, "people.office_only"):
        revoke_token(token=token, reason="x", by=they.bob, now=now)
    revoke_token(token=token, reason="电脑丢了", by=they.alice, now=now)
    with refused(NotSignedIn, "tokens.ended"):
        token_of(secret, now)
    with refused(WrongState, "tokens.ended"):
        revoke_token(token=token, reason="x", by=they.office, now=now)
    assert told("tokens.revoked") == [{"user": they.alice.ulid, "token": token.ulid, "reason": "电脑丢了"}]
    assert audited("tokens.revoke_token")[0].reason == "电脑丢了"


def test_a_suspension_closes_it_at_once_and_its_end_opens_it_again(they: People, now: datetime) -> None:
    token, secret = _made(they, now)
    suspend_user(user=they.alice, reason="违规", by=they.office, now=now)
    with refused(NotSignedIn, "people.not_active"):
        token_of(secret, now)
    reinstate_user(user=they.alice, by=they.office, now=now + HOUR)
    assert token_of(secret, now + HOUR) == token


def test_the_end_of_a_registration_takes_every_token_along(they: People, now: datetime) -> None:
    _token, secret = _made(they, now)
    _made(they, now)
    end_user(user=they.alice, reason="毕业", by=they.office, now=now)
    with refused(NotSignedIn, "people.not_active"):  # at once, before anybody has heard of it
        token_of(secret, now)
    outbox.relay(channel=outbox.WORKER, now=now)
    assert not they.alice.api_tokens.filter(revoked_at__isnull=True).exists()
    they.alice.refresh_from_db()
    they.alice.valid_until, they.alice.is_active = None, True
    they.alice.save()
    with refused(NotSignedIn, "tokens.ended"):
        token_of(secret, now)


def test_a_change_that_ends_nothing_leaves_tokens_alone(they: People, now: datetime) -> None:
    _token, secret = _made(they, now)
    suspend_user(user=they.alice, reason="违规", by=they.office, now=now)
    outbox.publish("people.user_changed", now=now, user=they.alice.ulid)
    outbox.relay(channel=outbox.WORKER, now=now)
    reinstate_user(user=they.alice, by=they.office, now=now)
    assert token_of(secret, now).user == they.alice


def test_all_of_a_person_are_revoked_by_the_office_or_themselves(they: People, now: datetime) -> None:
    _made(they, now)
    _made(they, now)
    with refused(NotPermitted, "people.office_only"):
        revoke_all(user=they.alice, reason="x", by=they.teng, now=now)
    assert revoke_all(user=they.alice, reason="清理", by=they.alice, now=now) == 2
    assert revoke_all(user=they.alice, reason="清理", by=they.office, now=now) == 0


@pytest.mark.parametrize("text", ["", "clb_", "x" * 10_000, "clb_abcdefgh_" + "A" * 43, "clb_abcdefgh_\0"])
def test_what_is_no_token_is_not_known(they: People, now: datetime, text: str) -> None:
    with refused(NotSignedIn, "tokens.unknown"):
        token_of(text, now)


def test_its_use_is_remembered_to_the_hour(they: People, now: datetime) -> None:
    token, secret = _made(they, now)
    for minutes, kept in ((0, 0), (30, 0), (60, 60), (61, 60)):
        note_use(token=token_of(secret, now), now=now + timedelta(minutes=minutes))
        token.refresh_from_db()
        assert token.last_used_at == now + timedelta(minutes=kept)


def test_the_command_revokes_what_was_found_in_the_open(
    they: People, now: datetime, settings: Settings
) -> None:
    settings.CLOCK_OFFSET_SECONDS = (now - present()).total_seconds()
    token, secret = _made(they, now)
    out = StringIO()
    call_command("revoke_token", secret, reason="found in a public repository", stdout=out)
    assert token.prefix in out.getvalue()
    assert secret not in out.getvalue()
    token.refresh_from_db()
    assert token.revoke_reason == "found in a public repository"
    for given in (secret, "clb_nothing2"):
        with pytest.raises(CommandError, match=r"^tokens\."):
            call_command("revoke_token", given, reason="again")
