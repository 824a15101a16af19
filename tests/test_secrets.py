"""Likely secrets: known shapes and drawn values, never placeholders; and never shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.dataset.example import Example
from advisor.dataset.secrets import Secrets, bits_per_character, find_secrets

SECRETS = [
    "key: AKIA2E0A8F3B244C9986",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "sk-proj-abcDEF123456ghiJKL789012mnoPQR",
    "OPENAI_API_KEY=sk-1234567890abcdefghijklmnopqrstuv",
    "xoxb-123456789012-abcdefABCDEF",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----\nMIIEpAIB",
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "postgres://admin:s3cr3tPw9@db.example.com/x",
    'password = "Tr0ub4dor&3"',
    "Password: hV7$kk2Lq!",
    "my password is hV7$kk2Lq!",
    '{"api_key": "9f8e7d6c5b4a39281706f5e4d3c2b1a0"}',
    "AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY",
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzz9a8KEY",
    "hf_abcdefghijKLMNOPQRst1234567890ABCDEF",
    "pwd=S3cure!Pass99",
    "Authorization: Bearer 8f7Gk2mQx91LpZr4Tn6Vb3Yc",
]
NO_SECRETS = [
    "password: your_password_here",
    "Please reset your password: click the link",
    "the token is expired",
    "api_key = os.environ['API_KEY']",
    "token = get_token(user)",
    "password = b64encode(data)",
    "password=<password>",
    "secret: string",
    "the key is important123",
    "sk-learn is a library",
    "task-oriented dialog, risk-averse-and-very-long-hyphenated-words",
    "password field: at least 8 characters",
    "max_tokens: 1000000000",
    "token: 2024-01-02T10:00:00Z",
    "primary_key = user_id_12",
    "http://localhost:8000/path@x",
    "password: ********",
    "the password is Important.",
    "eyJhbGciOi.eyJub3Rqc29u.notatoken",
]


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_is_found_once(text: str) -> None:
    """Whatever stands around it."""
    assert len(find_secrets(text)) == 1
    assert len(find_secrets(f"See this:\n{text}\nthanks")) == 1


@pytest.mark.parametrize("text", NO_SECRETS)
def test_placeholders_code_and_words_are_no_secrets(text: str) -> None:
    """Neither talk about passwords nor code that reads them."""
    assert find_secrets(text) == ()


def test_a_report_never_shows_a_secret() -> None:
    """Three characters and the length, no more."""
    secrets = Secrets()
    secrets.add(Example(4, "", "p", "a", ("hello", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"), {}))
    (finding,) = secrets.found()
    assert finding.id == "secret"
    assert finding.places[0].detail == "text 2: GitHub token ghp… (40 characters)"


@given(st.text(max_size=200))
def test_any_text_gives_spans_in_order_inside_it(text: str) -> None:
    """No text breaks the search."""
    last = 0
    for one in find_secrets(text):
        assert last <= one.start < one.end <= len(text)
        last = one.end


@pytest.mark.parametrize(("value", "bits"), [("aaaa", 0.0), ("abab", 1.0), ("abcd", 2.0)])
def test_entropy_in_bits(value: str, bits: float) -> None:
    """Golden values of Shannon's formula."""
    assert bits_per_character(value) == pytest.approx(bits)
