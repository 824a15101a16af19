"""Which models may be named: one's own tuned ones, those of a hub, and folders of base models.

Who is not at this machine names folders only below `base_models` in the data folder, where an administrator puts them:
otherwise a name would be a way to any file of the machine, and to the models of other workspaces.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from advisor.assistant.served import PREFIX
from advisor.errors import ModelNameError
from advisor.service.principal import current
from advisor.service.resources import Resources
from advisor.tuning.back_ends import HUB
from advisor.tuning.trainer import Model

BASE_MODELS: Final = "base_models"


def model_named(resources: Resources, name: str) -> Model:
    """The model with that name. Raises ModelNameError, in the same words for what is not there and what is not theirs.

    Raises InputError where it cannot be loaded.
    """
    if name.startswith(PREFIX) and resources.assistants is not None:
        return resources.assistants.named(name, current().workspace)
    if not may_name(resources, name):
        raise ModelNameError(
            f"the model {name} does not exist",
            code="model_not_found",
            what_to_do="GET /v1/models lists those that answer",
        )
    return resources.models.model(name)


def may_name(resources: Resources, name: str) -> bool:
    """Whether who asks may use the model `name`, if there is one."""
    who = current()
    if who.via == "local":
        return True
    known = resources.store.models.find(name) or resources.store.models.find(name.rpartition(":")[0])
    if known is not None:
        return known.workspace == who.workspace
    if name.startswith(PREFIX):
        return resources.assistants is not None and name in resources.assistants.ids(who.workspace)
    if "/" not in name or name.startswith(HUB):
        return ".." not in name
    try:
        return Path(name).resolve().is_relative_to((resources.data.path / BASE_MODELS).resolve())
    except (OSError, ValueError):
        return False
