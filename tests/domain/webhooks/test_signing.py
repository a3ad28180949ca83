"""The signature, against what the specification's own implementations give."""

import base64

from apps.webhooks.signing import headers_for, mint_secret, signature

# The example of the reference implementations (Standard Webhooks, tests of the libraries).
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
IDENT, TIMESTAMP = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_it_is_that_of_the_reference_implementations() -> None:
    assert signature(SECRET, ident=IDENT, timestamp=TIMESTAMP, body=BODY) == SIGNATURE


def test_two_secrets_sign_side_by_side() -> None:
    other = mint_secret()
    headers = headers_for([other, SECRET], ident=IDENT, timestamp=TIMESTAMP, body=BODY)
    assert headers["webhook-id"] == IDENT
    assert headers["webhook-timestamp"] == str(TIMESTAMP)
    first, second = headers["webhook-signature"].split(" ")
    assert second == SIGNATURE
    assert first not in ("", SIGNATURE)


def test_a_secret_has_256_random_bits() -> None:
    assert len(base64.b64decode(mint_secret().removeprefix("whsec_"))) == 32
    assert mint_secret() != mint_secret()
