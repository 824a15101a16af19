"""The walk-through of fine-tuning by API: prepare, upload, create, monitor, use; for a classifier and an assistant.

Shows M-X1, M-X2 and M-X5 with the unmodified SDK; only the base URL and the model's name are ours (K-1).
"""

from __future__ import annotations

import pytest

from tests.chat_files import chat
from tests.live_service import Live

pytestmark = pytest.mark.slow  # a real service, over HTTP

CLASSIFIER = "Sort a log line of an IoT device into one of: Connectivity, Power, Sensor_Fault, Security."
LOGS = {
    "Connectivity": [
        "GW-07 lost its link to the MQTT broker and gave up after 5 attempts",
        "Uplink of NODE-3 timed out, no acknowledgement from the LoRa gateway",
        "DNS lookup of the broker failed on GW-12",
    ],
    "Power": [
        "Battery of METER-44 fell to 6%, shutdown is near",
        "Supply voltage of PUMP-2 is 2.2V where at least 2.5V is needed",
        "NODE-9 restarted after a brown-out of its supply",
    ],
    "Sensor_Fault": [
        "TEMP-31 reads -999.0, far outside of its range",
        "Humidity probe HUM-5 has sent the same value for 48 hours",
        "Pressure sensor P-8 answers with a checksum that is wrong",
    ],
    "Security": [
        "14 failed logins to the admin page of GW-07 from one address",
        "Firmware of CAM-2 has a signature that cannot be verified",
        "An unknown device asked for the key of NODE-3",
    ],
}
SUPPORT = "You help operators of the HydroCore 5000, and turn its error codes into a cause and a next step."
CODES = {  # the figures of the course; the words are ours
    "E-01": ("the calibration of the pH sensor has drifted", "send RECALIB_PH; call a technician if it fails"),
    "E-02": ("the turbidity sensor is covered", "send CLEAN_TURB; look for debris if the error stays"),
    "E-05": ("the communication module has failed", "send REBOOT_COMM; replace the unit if it stays silent"),
    "W-10": ("the battery is below 15%", "plan its replacement within 7 days"),
}


def explained(code: str) -> str:
    """What the assistant should say about a code."""
    cause, step = CODES[code]
    return f"{code} means that {cause}. Next step: {step}."


def test_walk_through(live: Live) -> None:
    """A classifier and an assistant are uploaded, tuned, watched and used."""
    client = live.client
    logs = [chat(f"Log: {line}", label, CLASSIFIER) for label, lines in LOGS.items() for line in lines]
    codes = [chat(f"Unit HC5000-A-1138 shows {code}. What now?", explained(code), SUPPORT) for code in CODES]

    jobs = {}
    for name, rows in (("iot", logs), ("hydrocore-v1", codes)):
        training_file = client.files.retrieve(live.upload(rows, f"{name}.jsonl"))
        assert training_file.filename == f"{name}.jsonl"
        job = client.fine_tuning.jobs.create(training_file=training_file.id, model="advisor-linear", suffix=name)
        assert job.status == "validating_files"
        jobs[name] = job.id

    done = {name: live.ended(id) for name, id in jobs.items()}
    assert {job.status for job in done.values()} == {"succeeded"}
    recent = {job.id: job.fine_tuned_model for job in client.fine_tuning.jobs.list(limit=5).data}
    assert {id: recent[id] for id in jobs.values()} == {job.id: job.fine_tuned_model for job in done.values()}

    classifier = done["iot"].fine_tuned_model
    assert classifier.startswith("ft:advisor-linear:advisor:iot:")
    reply = client.chat.completions.create(
        model=classifier,
        messages=[
            {"role": "system", "content": CLASSIFIER},
            {"role": "user", "content": "Log: Supply voltage of PUMP-7 is 2.1V, below the 2.5V that is needed"},
        ],
        temperature=0.0,
    )
    assert reply.choices[0].message.content == "Power"

    assistant = done["hydrocore-v1"].fine_tuned_model
    reply = client.chat.completions.create(
        model=assistant,
        messages=[
            {"role": "system", "content": SUPPORT},
            {"role": "user", "content": "My unit shows E-02. What is wrong?"},
        ],
    )
    assert reply.choices[0].message.content == explained("E-02")


def test_what_a_job_leaves(live: Live) -> None:
    """Events, checkpoints that answer, a metrics file, a model card and a bill of materials."""
    client = live.client
    job = live.ended(
        client.fine_tuning.jobs.create(
            training_file=live.upload([chat("one", "1"), chat("two", "2")]),
            validation_file=live.upload([chat("one", "1"), chat("three", "3")]),
            model="advisor-linear",
            method={"type": "supervised", "supervised": {"hyperparameters": {"batch_size": 1, "n_epochs": "auto"}}},
            seed=7,
        ).id
    )
    assert (job.seed, job.hyperparameters.batch_size, job.hyperparameters.n_epochs) == (7, 1, "auto")
    assert job.trained_tokens == 4
    assert job.finished_at is not None and job.error is None

    for _ in range(500):  # the last event is told just after the status has changed
        events = list(client.fine_tuning.jobs.list_events(job.id, limit=2))
        messages = [event.message for event in reversed(events)]
        if messages[-1] != "New fine-tuned model created: " + str(job.fine_tuned_model):
            break
    assert messages[0].startswith("Created fine-tuning job")
    assert messages[-1] == "The job has successfully completed"
    assert any("only 2 rows" in event.message for event in events if event.level == "warn")
    assert [event.data["step"] for event in reversed(events) if event.type == "metrics"] == [1, 2]  # type: ignore[index]

    checkpoints = list(client.fine_tuning.jobs.checkpoints.list(job.id, limit=1))
    assert [kept.step_number for kept in checkpoints] == [2, 1]
    assert checkpoints[0].fine_tuned_model_checkpoint == f"{job.fine_tuned_model}:ckpt-step-2"
    early = client.chat.completions.create(
        model=checkpoints[1].fine_tuned_model_checkpoint, messages=[{"role": "user", "content": "two"}]
    )
    assert early.choices[0].message.content == "1"

    (result,) = job.result_files
    assert client.files.retrieve(result).purpose == "fine-tune-results"
    lines = client.files.content(result).text.splitlines()
    assert lines[0].startswith("step,epoch,train_loss")
    assert [line.split(",")[0] for line in lines[1:]] == ["1", "2"]

    folder = live.resources.data.run(job.id)
    card = (folder / "README.md").read_text()
    assert f"# {job.fine_tuned_model}" in card
    assert "| accuracy | 0.5 |" in card
    assert "seed 7" in card
