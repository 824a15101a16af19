"""Asks a model of any OpenAI-compatible host. The key comes from the environment or the keyring."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from advisor.api_key import api_key, key_missing
from advisor.errors import HostError, InputError

if TYPE_CHECKING:
    import openai

KEY_VARIABLE = "OPENAI_API_KEY"
ATTEMPTS = 5
TIMEOUT_S = 120.0
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Completion(NamedTuple):
    """What a model answered, and the tokens that its host counted."""

    text: str
    finish_reason: str
    input_tokens: int
    output_tokens: int


class ChatClient:
    """One model at one host; safe to be used from several threads."""

    def __init__(
        self,
        model: str,
        base_url: str | None = None,
        key_variable: str = KEY_VARIABLE,
        *,
        public_host_only: bool = False,
    ) -> None:
        """`key_variable` names the key, in the environment or the keyring; a host on this machine needs none.

        `public_host_only` where somebody who is not at this machine named the host. Raises InputError where the key is
        missing.
        """
        self.model = model
        self.base_url = base_url
        self._client = connected(base_url, key_variable, public_host_only=public_host_only)

    @property
    def is_local(self) -> bool:
        """Whether the host is this machine, where tokens are not paid for."""
        return is_local(self.base_url)

    def complete(self, messages: Iterable[Mapping[str, str]], most_tokens: int, **options: Any) -> Completion:
        """One answer of at most `most_tokens`; `options` are those of the chat completions endpoint.

        Retries what may pass (429, 5xx, a lost connection). Raises HostError.
        """
        options["max_tokens" if self.base_url else "max_completion_tokens"] = most_tokens  # OpenAI renamed it
        with host_errors(self._host):
            # The SDK's types list every role apart; what is sent is checked by the host.
            found = self._client.chat.completions.create(model=self.model, messages=list(messages), **options)  # type: ignore[arg-type]
        if not found.choices:
            raise HostError(f"{self._host} answered without a choice", what_to_do="try again, or another model")
        choice, usage = found.choices[0], found.usage
        return Completion(
            choice.message.content or "",
            choice.finish_reason,
            usage.prompt_tokens if usage else 0,
            usage.completion_tokens if usage else 0,
        )

    @property
    def _host(self) -> str:
        return urlsplit(str(self._client.base_url)).netloc


def is_local(base_url: str | None) -> bool:
    """Whether the host is this machine."""
    return base_url is not None and urlsplit(base_url).hostname in LOOPBACK


def connected(base_url: str | None, key_variable: str, *, public_host_only: bool = False) -> openai.OpenAI:
    """The SDK's client of a host, which retries what may pass. Raises InputError where the key is missing."""
    key = api_key(key_variable)
    if not key and not is_local(base_url):
        raise key_missing(key_variable)
    return sdk_client(key or "not-needed", base_url, attempts=ATTEMPTS, public_host_only=public_host_only)


def sdk_client(key: str, base_url: str | None, *, attempts: int, public_host_only: bool) -> openai.OpenAI:
    """The SDK's client; with `public_host_only` it connects to addresses that were checked, and to no others."""
    import openai

    if not public_host_only:
        return openai.OpenAI(api_key=key, base_url=base_url, max_retries=attempts, timeout=TIMEOUT_S)
    from advisor.checked_connection import checked_client

    client = checked_client(TIMEOUT_S)
    return openai.OpenAI(api_key=key, base_url=base_url, max_retries=attempts, timeout=TIMEOUT_S, http_client=client)


@contextmanager
def host_errors(host: str) -> Iterator[None]:
    """Raises the SDK's errors as HostError that says what to do."""
    import openai

    try:
        yield
    except openai.AuthenticationError:
        raise HostError(f"{host} refuses the key", what_to_do="check the key in the environment") from None
    except openai.APIStatusError as error:
        raise HostError(
            f"{host} answered {error.status_code}: {error.message[:300]}",
            what_to_do="read its message; what was made so far is kept, and the same command goes on",
        ) from None
    except openai.APIError as error:
        if isinstance(error.__cause__, InputError):  # the host may not be asked
            raise error.__cause__ from None
        raise HostError(
            f"{host} cannot be reached: {error.message[:300]}",
            what_to_do="check the address; what was made so far is kept, and the same command goes on",
        ) from None
