"""The JSON Schema beside the card's classes is for those who write cards in another language."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from edge.vision import bundle, card

SCHEMA = Path(card.__file__).with_name("card.schema.json")
REMAKE = "python -c 'import json; from edge.vision import card; print(json.dumps(card.schema(), indent=2))' > "


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_committed_schema_is_up_to_date() -> None:
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == card.schema(), f"make it again: {REMAKE}{SCHEMA}"


@pytest.mark.parametrize("name", sorted(path.parent.name for path in bundle.SHIPPED.glob("*/card.json")))
def test_every_shipped_card_follows_the_schema(validator: Any, name: str) -> None:
    validator.validate(json.loads((bundle.SHIPPED / name / "card.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("change", [{"colour": "red"}, {"dimensions": "128"}, {"mirror": 1}, {"operating_points": []}])
def test_the_schema_refuses_what_the_program_refuses(validator: Any, change: dict[str, object]) -> None:
    shipped = json.loads((bundle.SHIPPED / "face" / "card.json").read_text(encoding="utf-8"))
    assert not validator.is_valid({**shipped, **change})
