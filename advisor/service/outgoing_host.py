"""Whether who asks may have the service ask a host."""

from __future__ import annotations

from advisor.errors import FieldFault, InputError, RequestError
from advisor.outgoing import allowed_hosts, check_outgoing
from advisor.service.principal import current


def check_base_url(url: str) -> None:
    """Raise RequestError for a host that only this machine reaches, unless it is allowed by name."""
    # Who is at this machine may ask any host it reaches, as on the command line.
    if current().via == "local":
        return
    try:
        check_outgoing(url, allowed_hosts())
    except InputError as error:
        raise wrong("base_url", f"{error.problem}. {error.what_to_do}", "host_not_allowed") from None


def wrong(field: str, sentence: str, code: str) -> RequestError:
    """The refusal of a field of a body or of a form, with a pointer to it."""
    return RequestError(
        sentence, status=422, param=field.partition("/")[0], code=code, fields=[FieldFault(f"/{field}", sentence)]
    )
