"""A token that is made in somebody's name is told to them, without its secret."""

from datetime import datetime

from apps.core import outbox
from apps.notices.models import Notice
from apps.tokens.operations import create_token
from tests.people import gather


def test_its_person_hears_of_a_token(db: None, now: datetime) -> None:
    alice = gather(now).alice
    token, secret = create_token(user=alice, name="夜间脚本", scopes=["me:read"], by=alice, now=now)
    outbox.relay(channel=outbox.WORKER, now=now)
    [notice] = Notice.objects.filter(user=alice, kind="account.token_made")
    assert token.valid_until is not None
    assert notice.args == {"name": "夜间脚本", "until": token.valid_until.isoformat()}
    assert notice.url == "/account/tokens/"
    assert secret not in str(Notice.objects.filter(pk=notice.pk).values().get())
