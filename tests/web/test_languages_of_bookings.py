"""The pages about bookings in both languages: no word of the one on a page in the other, outside of data."""

import pytest

from tests.web.bookingpages import of_alice, of_crew
from tests.web.conftest import SignedIn
from tests.web.scene import Scene
from tests.web.test_languages import chinese_on, english_on

pytestmark = pytest.mark.once  # words are the same on every database


def test_no_page_mixes_its_languages(scene: Scene, signed_in: SignedIn) -> None:
    they = scene.people
    for user, addresses in ((they.alice, of_alice(scene)), (they.teng, of_crew(scene))):
        for address in addresses:
            assert signed_in(user).get(address).status_code == 200, address
        assert english_on(addresses, [signed_in(user)]) == set()
        assert chinese_on(addresses, [signed_in(user)]) == set()
