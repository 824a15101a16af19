"""The Flask application: each part is a blueprint; other parts come beside `/v1` in the same way."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Flask

from advisor.service.access import Guard, guard, is_loopback
from advisor.service.api_errors import answer_errors
from advisor.service.change_log import note_changes
from advisor.service.chat_completions import chat_completions_blueprint
from advisor.service.embeddings import embeddings_blueprint
from advisor.service.feedback_snippet import feedback_snippet_blueprint
from advisor.service.files import MAX_FILE_BYTES, files_blueprint, upload_request
from advisor.service.fine_tuning_jobs import fine_tuning_jobs_blueprint
from advisor.service.graders import graders_blueprint
from advisor.service.health import RequestCounts, health_blueprint
from advisor.service.json_api.blueprint import json_api_blueprint
from advisor.service.knowledge import Knowledge
from advisor.service.models import models_blueprint
from advisor.service.pages.blueprint import pages_blueprint
from advisor.service.rate_limit import RateLimits
from advisor.service.request_log import log_requests
from advisor.service.resources import Resources
from advisor.service.response_headers import set_headers

_FORM_BYTES = 1 << 20  # of an upload beside the file itself


def create_app(
    resources: Resources,
    host: str = "127.0.0.1",
    api_keys: Sequence[str] = (),
    max_file_bytes: int = MAX_FILE_BYTES,
    limits: RateLimits | None = None,
) -> Flask:
    """The application for a service bound to `host`."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = max_file_bytes + _FORM_BYTES
    app.request_class = upload_request(resources.data.uploads)
    log_requests(app)
    counts = RequestCounts()
    counts.watch(app)
    limits = limits or RateLimits()
    set_headers(app)
    guard(app, Guard(resources.store, host, api_keys, limits))
    note_changes(app, resources.store)
    answer_errors(app)
    app.register_blueprint(health_blueprint(resources, counts))
    app.register_blueprint(openai_blueprint(resources, max_file_bytes))
    app.register_blueprint(feedback_snippet_blueprint(resources, limits))
    secure = not is_loopback(host)  # beyond this machine a session must not travel unencrypted
    knowledge = Knowledge()  # one for both, so that they always answer alike
    app.register_blueprint(json_api_blueprint(resources, knowledge, limits, max_file_bytes, secure_cookies=secure))
    app.register_blueprint(pages_blueprint(resources, knowledge, limits, secure_cookies=secure))
    return app


def openai_blueprint(resources: Resources, max_file_bytes: int) -> Blueprint:
    """The OpenAI-compatible API."""
    openai = Blueprint("openai", __name__, url_prefix="/v1")
    openai.register_blueprint(files_blueprint(resources, max_file_bytes))
    openai.register_blueprint(fine_tuning_jobs_blueprint(resources))
    openai.register_blueprint(graders_blueprint(resources))
    openai.register_blueprint(models_blueprint(resources))
    openai.register_blueprint(chat_completions_blueprint(resources))
    openai.register_blueprint(embeddings_blueprint(resources))
    return openai
