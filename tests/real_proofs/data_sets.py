"""The rows and documents of each real proof, written from installed packages or made here from a seed."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.benchmarks.retrieval_sets import faq
from tests.benchmarks.reuters import LabelledTexts, newsgroups, reuters
from tests.contract_clauses import FOLDER

MOST_LETTERS = 4_000  # of a post; the longest quote whole archives


class DataSet(NamedTuple):
    """The files of one proof."""

    train: Path
    test: Path
    documents: Path | None = None


def row(question: str, answer: str, source: str = "", system: str = "") -> dict[str, Any]:
    """A row in OpenAI's format."""
    told = [{"role": "system", "content": system}] if system else []
    messages = [*told, {"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return {"messages": messages, **({"metadata": {"source": source}} if source else {})}


def reuters_r8(folder: Path, _: Path) -> DataSet:
    """Eight topics of Reuters news: 5,485 rows to train on, 2,189 questions."""
    return _labelled(folder, reuters("train"), reuters("test"))


def newsgroups_20(folder: Path, _: Path) -> DataSet:
    """Twenty groups of posts: 11,293 rows to train on, 7,528 questions."""
    return _labelled(folder, newsgroups("train"), newsgroups("test"))


def python_faq(folder: Path, docs: Path) -> DataSet:
    """The 174 questions of the Python FAQ over its own pages; the golden answer is the answer's first passage.

    A third of the questions train what needs training; the pages lose the questions, so that words must match the
    answer itself.
    """
    found = faq(docs)
    answers = {chunk.source: chunk for chunk in reversed(found.chunks)}  # the first chunk of each source
    pages = folder / "documents"
    pages.mkdir(parents=True, exist_ok=True)
    for source in dict.fromkeys(chunk.source for chunk in found.chunks):
        text = "\n\n".join(chunk.text for chunk in found.chunks if chunk.source == source)
        (pages / _page(source)).write_text(text + "\n", encoding="utf-8")
    rows = [
        row(question, " ".join(answers[source].text.split()[:60]), _page(source))
        for question, source in zip(found.questions, found.gold, strict=True)
    ]
    random.Random(0).shuffle(rows)
    third = len(rows) // 3
    return DataSet(write(folder / "train.jsonl", rows[:third]), write(folder / "test.jsonl", rows[third:]), pages)


def hydrocore(folder: Path, _: Path) -> DataSet:
    """K-4: twelve error codes of a water monitor, tuned into the weights or looked up in their table.

    The codes and steps of the course are the first four; the rest is made for this. After training the table changed:
    two steps are new, and so are four codes. Questions ask in words that no training row has.
    """
    random_ = random.Random(0)
    train = [
        row(ask.format(code=code), _explained(code, OLD_TABLE), system=SUPPORT) for code in OLD_TABLE for ask in ASKED
    ]
    random_.shuffle(train)
    test = [
        row(ask.format(code=code), _explained(code, TABLE), "error-codes.csv", SUPPORT)
        for code in TABLE
        for ask in ASKED_OTHERWISE
    ]
    pages = folder / "documents"
    pages.mkdir(parents=True, exist_ok=True)
    lines = [f'{code},"{cause}","{step}"' for code, (cause, step) in TABLE.items()]
    (pages / "error-codes.csv").write_text("code,meaning,next step\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return DataSet(write(folder / "train.jsonl", train), write(folder / "test.jsonl", test), pages)


def iot_logs(folder: Path, _: Path) -> DataSet:
    """Logs of four classes; the templates of the questions occur in no training row."""
    random_ = random.Random(0)
    parts = {"train": 160, "test": 120}
    files = {}
    for name, count in parts.items():
        rows = []
        for number in range(count):
            label = list(TEMPLATES)[number % len(TEMPLATES)]
            templates = TEMPLATES[label]
            half = len(templates) // 2
            template = random_.choice(templates[:half] if name == "train" else templates[half:])
            values = {"unit": random_.randint(1, 99), "n": random_.randint(2, 60), "v": random_.randint(10, 49) / 10}
            rows.append(row(template.format(**values), label, system=CLASSIFY))
        random_.shuffle(rows)
        files[name] = write(folder / f"{name}.jsonl", rows)
    return DataSet(files["train"], files["test"])


def contract_clauses(folder: Path, _: Path) -> DataSet:
    """Clauses rated by risk, as they lie with the assistant that reviews contracts; no wording is on both sides."""
    for name in ("train", "test"):
        shutil.copyfile(FOLDER / f"clauses-{name}.jsonl", folder / f"{name}.jsonl")
    return DataSet(folder / "train.jsonl", folder / "test.jsonl")


def write(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    """Rows as lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in rows), encoding="utf-8")
    return path


def _labelled(folder: Path, train: LabelledTexts, test: LabelledTexts) -> DataSet:
    def rows(part: LabelledTexts) -> list[dict[str, Any]]:
        return [row(text[:MOST_LETTERS], label) for text, label in zip(*part, strict=True) if text.strip()]

    return DataSet(write(folder / "train.jsonl", rows(train)), write(folder / "test.jsonl", rows(test)))


def _page(source: str) -> str:
    return "".join(sign if sign.isalnum() else "-" for sign in source).strip("-")[:100] + ".md"


def _explained(code: str, table: dict[str, tuple[str, str]]) -> str:
    cause, step = table[code]
    return f"{code}: {cause}. Next step: {step}."


SUPPORT = "You help operators of the HydroCore 5000, and turn its error codes into a cause and a next step."
CLASSIFY = "Sort the log line of a device into one of: Connectivity, Power, Sensor_Fault, Security."
ASKED = (
    "Unit HC-12 shows {code}. What now?",
    "What does {code} mean?",
    "{code} on display, help",
    "Explain {code}",
)
ASKED_OTHERWISE = ("The operator reports the code {code}: cause and remedy?", "Our monitor stopped with {code}, why?")
OLD_TABLE: dict[str, tuple[str, str]] = {
    "E-01": ("the calibration of the pH sensor has drifted", "send RECALIB_PH"),
    "E-02": ("the turbidity sensor is covered", "send CLEAN_TURB"),
    "E-05": ("the communication module has failed", "send REBOOT_COMM"),
    "W-10": ("the battery is below 15%", "plan its replacement within 7 days"),
    "E-07": ("the flow meter reports backward flow", "close valve V3 and check the pump"),
    "E-08": ("the inlet pressure is above 6 bar", "open the relief valve"),
    "E-11": ("the chlorine probe has no signal", "replace the probe's membrane"),
    "W-12": ("the clock was not set for 30 days", "send SYNC_TIME"),
}
TABLE: dict[str, tuple[str, str]] = {
    **OLD_TABLE,
    "E-02": ("the turbidity sensor is covered", "send CLEAN_TURB twice, then wipe the window"),
    "E-05": ("the communication module has failed", "replace the SIM card before any reboot"),
    "E-13": ("the filter cartridge is spent", "fit cartridge FC-9"),
    "E-14": ("the drain is blocked", "flush the drain with 5 litres"),
    "W-15": ("the memory card is nearly full", "send EXPORT_LOG"),
    "W-16": ("the cabinet is warmer than 45 degrees", "clean the fan's filter"),
}
TEMPLATES: dict[str, Sequence[str]] = {
    "Connectivity": (
        "GW-{unit} lost its link to the MQTT broker after {n} attempts",
        "Uplink of NODE-{unit} timed out, no acknowledgement from the gateway",
        "DNS lookup of the broker failed on GW-{unit}",
        "Signal strength of NODE-{unit} too low, packets dropped",
        "CAM-{unit} cannot reach the server: network unreachable",
        "Modem {unit} was rejected by the mobile carrier, offline for {n} min",
        "Handshake with the cloud endpoint aborted, retry {n}",
        "Router {unit} does not answer to ping",
    ),
    "Power": (
        "Battery of METER-{unit} fell to {n}%, shutdown is near",
        "Supply voltage of PUMP-{unit} is {v}V, too low",
        "NODE-{unit} restarted after a brown-out of its supply",
        "Charger of unit {unit} delivers no current",
        "Accumulator {unit} drained, going to sleep",
        "Mains outage, unit {unit} runs on its backup cell",
        "Solar panel {unit} gives {v} watts only, energy saving on",
        "Fuse of rack {unit} has blown",
    ),
    "Sensor_Fault": (
        "TEMP-{unit} reads -999.0, far outside of its range",
        "Humidity probe {unit} has sent the same value for {n} hours",
        "Pressure sensor P-{unit} answers with a wrong checksum",
        "Calibration of pH-{unit} has drifted by {v}",
        "Gauge {unit} stuck at zero since {n} min",
        "Implausible jump of the thermometer {unit}: {n} degrees in a second",
        "Level meter {unit} returns NaN",
        "Noise on channel {unit} of the flow detector, reading discarded",
    ),
    "Security": (
        "{n} failed logins to the admin page of GW-{unit}",
        "Firmware of CAM-{unit} has a signature that cannot be verified",
        "An unknown device asked for the key of NODE-{unit}",
        "Certificate of GW-{unit} was revoked, access denied",
        "Port scan from outside on router {unit}",
        "Password of account {unit} was tried {n} times",
        "Tampering: cabinet {unit} was opened without authorisation",
        "Malware pattern found in the update for unit {unit}",
    ),
}
