"""Asks a model of any OpenAI-compatible host. The key comes from the environment or the keyring."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from advisor.api_key import api_key, key_missing
from advisor.errors import HostError

if TYPE_CHECKING:
    import openai

KEY_VARIABLE = "OPENAI_API_KEY"
ATTEMPTS = 5  # after the first one
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
        timeout_s: float = TIMEOUT_S,
        attempts: int = ATTEMPTS + 1,
        plain_first: bool = False,
    ) -> None:
        """`key_variable` names the key, in the environment or the keyring; a host on this machine needs none.

        Each of the `attempts` may take `timeout_s`. With `plain_first` the first of several is made without the SDK,
        whose models take 1.8 of 2.3 ms of processor that a call takes. Raises InputError where the key is missing.
        """
        import openai

        self.model = model
        self.base_url = base_url
        plain_first = plain_first and attempts > 1
        again = attempts - 1 - plain_first
        self._plain = openai.DefaultHttpxClient(timeout=timeout_s) if plain_first else None
        self._client = connected(base_url, key_variable).with_options(max_retries=again, timeout=timeout_s)

    @property
    def is_local(self) -> bool:
        """Whether the host is this machine, where tokens are not paid for."""
        return is_local(self.base_url)

    def complete(self, messages: Iterable[Mapping[str, str]], most_tokens: int, **options: Any) -> Completion:
        """One answer of at most `most_tokens`; `options` are those of the chat completions endpoint.

        Retries what may pass (429, 5xx, a lost connection). Raises HostError.
        """
        options["max_tokens" if self.base_url else "max_completion_tokens"] = most_tokens  # OpenAI renamed it
        messages = list(messages)
        plain = self._plainly({"model": self.model, "messages": messages, **options})
        if plain is not None:
            return plain
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

    def _plainly(self, body: Mapping[str, Any]) -> Completion | None:
        """One attempt over HTTP alone; None where it did not succeed, so that the SDK tries again and says why."""
        if self._plain is None:
            return None
        import httpx2

        key = {"Authorization": f"Bearer {self._client.api_key}"}
        try:
            reply = self._plain.post(f"{self._client.base_url}chat/completions", json=body, headers=key)
            found = reply.json() if reply.status_code == 200 else {}
            choice, usage = found["choices"][0], found.get("usage") or {}
            return Completion(
                choice["message"]["content"] or "",
                choice["finish_reason"],
                int(usage.get("prompt_tokens", 0)),
                int(usage.get("completion_tokens", 0)),
            )
        except (httpx2.HTTPError, ValueError, LookupError, TypeError, AttributeError):
            return None

    def stream(
        self, messages: Iterable[Mapping[str, str]], most_tokens: int, **options: Any
    ) -> Generator[str, None, Completion]:
        """The same in pieces as they come, and at the end in whole. Raises HostError, also on the way."""
        options["max_tokens" if self.base_url else "max_completion_tokens"] = most_tokens
        options["stream_options"] = {"include_usage": True}
        text, reason, into, out = "", "stop", 0, 0
        with host_errors(self._host):
            asked: Any = {"model": self.model, "messages": list(messages), "stream": True, **options}
            found: Any = self._client.chat.completions.create(**asked)
            with found:
                for chunk in found:
                    if chunk.usage:
                        into, out = chunk.usage.prompt_tokens, chunk.usage.completion_tokens
                    for choice in chunk.choices[:1]:
                        reason = choice.finish_reason or reason
                        if choice.delta.content:
                            text += choice.delta.content
                            yield choice.delta.content
        return Completion(text, reason, into, out)

    @property
    def _host(self) -> str:
        return urlsplit(str(self._client.base_url)).netloc


def is_local(base_url: str | None) -> bool:
    """Whether the host is this machine."""
    return base_url is not None and urlsplit(base_url).hostname in LOOPBACK


def connected(base_url: str | None, key_variable: str) -> openai.OpenAI:
    """The SDK's client of a host, which retries what may pass. Raises InputError where the key is missing."""
    import openai

    key = api_key(key_variable)
    if not key and not is_local(base_url):
        raise key_missing(key_variable)
    return openai.OpenAI(api_key=key or "not-needed", base_url=base_url, max_retries=ATTEMPTS, timeout=TIMEOUT_S)


@contextmanager
def host_errors(host: str) -> Iterator[None]:
    """Raises the SDK's errors as HostError that says what to do."""
    import openai

    try:
        yield
    except openai.AuthenticationError:
        raise HostError(
            f"{host} refuses the key", what_to_do="check the key in the environment", code="status_401"
        ) from None
    except openai.APIStatusError as error:
        raise HostError(
            f"{host} answered {error.status_code}: {error.message[:300]}",
            what_to_do="read its message; what was made so far is kept, and the same command goes on",
            code=f"status_{error.status_code}",
        ) from None
    except openai.APIError as error:
        raise HostError(
            f"{host} cannot be reached: {error.message[:300]}",
            what_to_do="check the address; what was made so far is kept, and the same command goes on",
            code="timeout" if isinstance(error, openai.APITimeoutError) else "unreachable",
        ) from None
