"""What a report may show of personal data and secrets: enough to find the place, too little to use."""

import re


def masked(kind: str, written: str) -> str:
    """`written` masked for its kind: the first letter and the domain of an e-mail, the last four digits of a card.

    Of a secret the first three characters and the length are left.
    """
    written = " ".join(written.split())
    if kind == "secret":
        return f"{written[:3]}… ({len(written)} characters)" if len(written) > 6 else f"… ({len(written)} characters)"
    if kind == "email" and "@" in written:
        name, _, domain = written.partition("@")
        return f"{name[:1]}***@{domain}"
    if kind == "name":
        return " ".join(f"{word[:1]}***" for word in written.split())
    if kind in ("card", "iban", "phone", "ssn"):
        shown = 2 if kind in ("phone", "ssn") else 4
        digits = sum(map(str.isalnum, written))
        return "".join(
            "*" if character.isalnum() and sum(map(str.isalnum, written[:place])) < digits - shown else character
            for place, character in enumerate(written)
        )
    if kind == "date":
        return re.sub(r"\w", "*", written)
    if kind == "ip":
        head = re.match(r"[0-9a-fA-F]+", written)
        return f"{head[0]}.***" if head and "." in written else f"{head[0] if head else ''}:***"
    return f"{written[:2]}***"
