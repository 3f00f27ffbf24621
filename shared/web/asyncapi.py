"""What a service reads and tells on Kafka, as AsyncAPI 3: from the contracts, with the schemas and examples they have."""

from collections.abc import Iterable, Sequence
from typing import Any

from shared.contracts.contract import CONTRACTS, Contract, Topic
from shared.contracts.event import CONTENT_TYPE, MESSAGE_BYTES_MAX
from shared.contracts.schemas import examples_of, published
from shared.messaging.topics import YEARS_7_MS, topic_name
from shared.web.problem import API_VERSION

Json = dict[str, Any]
BINDING = "0.5.0"
ANYWHERE = "Deze gebeurtenissen staan ook in docs/events.md, met het doel, de grond en de bewaartermijn van elk veld."
KEY = "{kind}/{parts}: elk deel procentgecodeerd. Twee berichten met één sleutel zijn één feit."
COMPACTED = "Van elke sleutel blijft het laatste bericht. Een leeg bericht wist het feit van zijn sleutel."
KEPT = "Elk bericht blijft 7 jaar."
PLANNED = {"name": "gepland", "description": "Afgesproken; nog niemand publiceert dit."}
READS = "Deze dienst leest dit, en slaat over wat hij niet nodig heeft."
TELLS = "Deze dienst schrijft hier; anders alleen wie het systeem beheert."


def describe(name: str, title: str, prefix: str, reads: Sequence[Topic], tells: Sequence[Topic]) -> Json:
    """The document of a service of this name, on the topics that begin with `prefix`."""
    topics = [*tells, *(topic for topic in reads if topic not in tells)]
    of = {topic.name: [c for c in CONTRACTS.values() if c.topic is topic] for topic in topics}
    schemas: Json = {}
    messages = {c.type: _message(c, schemas) for contracts in of.values() for c in contracts}
    group = {"groupId": {"type": "string", "enum": [f"{prefix}.{name}"]}, "bindingVersion": BINDING}
    operations = {
        f"lees-{t.name}": _operation("receive", READS, t, of[t.name]) | {"bindings": {"kafka": group}}
        for t in reads
    } | {f"schrijf-{t.name}": _operation("send", TELLS, t, of[t.name]) for t in tells}
    return {
        "asyncapi": "3.0.0",
        "id": f"urn:wijkzorg:{name}",
        "info": {
            "title": title,
            "version": API_VERSION,
            "description": ANYWHERE,
            "license": {"name": "EUPL-1.2", "url": "https://eupl.eu/1.2/nl/"},
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": {"kafka": _server()},
        "channels": {topic.name: _channel(topic, prefix, of[topic.name]) for topic in topics},
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas},
    }


def _server() -> Json:
    where = {"description": "De brokers van de gemeente: host:poort", "examples": ["kafka:9092"]}
    return {
        "host": "{brokers}",
        "protocol": "kafka",
        "description": "Apache Kafka van de gemeente",
        "variables": {"brokers": where},
    }


def _channel(topic: Topic, prefix: str, contracts: Iterable[Contract]) -> Json:
    configuration = {
        "cleanup.policy": ["compact" if topic.compacted else "delete"],
        "retention.ms": -1 if topic.compacted else YEARS_7_MS,
        "max.message.bytes": MESSAGE_BYTES_MAX,
    }
    channel: Json = {
        "address": topic_name(prefix, topic, "{agb}" if topic.per_aanbieder else None),
        "title": topic.name,
        "description": COMPACTED if topic.compacted else KEPT,
        "messages": {c.type: {"$ref": f"#/components/messages/{c.type}"} for c in contracts},
        "bindings": {
            "kafka": {
                "partitions": topic.partitions,
                "topicConfiguration": configuration,
                "bindingVersion": BINDING,
            }
        },
    }
    if topic.per_aanbieder:
        whose = "Alleen die aanbieder schrijft er." if topic.by_aanbieder else "Die aanbieder leest er."
        text = f"{{agb}} is de AGB-code van een aanbieder, acht cijfers. {whose}"
        channel["parameters"] = {"agb": {"description": text, "examples": ["65656055"]}}
    return channel


def _operation(action: str, summary: str, topic: Topic, contracts: Iterable[Contract]) -> Json:
    there = [c.type for c in contracts if not c.planned]
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{topic.name}/messages/{kind}"} for kind in there],
    }


def _message(contract: Contract, schemas: Json) -> Json:
    """A message; what its schema defines apart goes among `schemas`, where a document of AsyncAPI keeps that."""
    schema = published(contract)
    schemas |= {name: _moved(shape) for name, shape in schema.pop("$defs").items()}
    meaning = schema.pop("description")
    parts = "/".join(f"<{field}>" for field in contract.wire_key)
    key = {"type": "string", "description": KEY.format(kind=contract.kind, parts=parts)}
    return {
        "name": contract.type,
        "title": contract.title,
        "summary": meaning.partition("\n")[0],
        "description": meaning,
        "tags": [PLANNED] if contract.planned else [],
        "contentType": CONTENT_TYPE,
        "payload": _moved(
            {part: value for part, value in schema.items() if part not in ("$schema", "title")}
        ),
        "bindings": {"kafka": {"key": key, "bindingVersion": BINDING}},
        "examples": [
            {"name": f"voorbeeld-{number}", "payload": example}
            for number, example in enumerate(examples_of(contract), 1)
        ],
    }


def _moved(schema: Any) -> Any:
    """A schema whose references lead to where the definitions are now."""
    if isinstance(schema, list):
        return [_moved(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: part.replace("#/$defs/", "#/components/schemas/") if name == "$ref" else _moved(part)
        for name, part in schema.items()
    }
