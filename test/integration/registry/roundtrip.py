"""Confluent's own Python client against a registry: registers, looks up, and exchanges Avro records.

Reads one JSON request from standard input, {"url", "schema", "topic", "framed": hex}, and writes one JSON answer:
what the client saw, the record it read from `framed`, and a record it wrote itself.
"""

import json
import sys

from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import MessageField, SerializationContext

request = json.load(sys.stdin)
client = SchemaRegistryClient({"url": request["url"]})
topic = request["topic"]
subject = f"{topic}-value"
context = SerializationContext(topic, MessageField.VALUE)


def refusal(action):
    try:
        action()
    except SchemaRegistryError as error:
        return [error.http_status_code, error.error_code]
    return None


def schema(fields):
    text = json.dumps({"type": "record", "name": "Event", "namespace": "claimx", "fields": fields})
    return Schema(text, "AVRO")


read = AvroDeserializer(client)(bytes.fromhex(request["framed"]), context)
serializer = AvroSerializer(client, request["schema"], conf={"auto.register.schemas": True})
written = serializer({**read, "event_id": "from-python", "media_id": "médiä"}, context)
latest = client.get_latest_version(subject)
breaking = schema([{"name": "other", "type": "string"}])
answer = {
    "read": {key: str(value) if hasattr(value, "isoformat") else value for key, value in read.items()},
    "written": written.hex(),
    "subjects": client.get_subjects(),
    "versions": client.get_versions(subject),
    "latest": [latest.subject, latest.version, latest.schema_id],
    "sameId": client.register_schema("python-value", Schema(request["schema"], "AVRO")),
    "lookup": client.lookup_schema(subject, Schema(request["schema"], "AVRO")).version,
    "compatible": client.test_compatibility(subject, breaking),
    "incompatible": refusal(lambda: client.register_schema(subject, breaking)),
    "invalid": refusal(lambda: client.register_schema(subject, Schema('{"type": "nothing"}', "AVRO"))),
    "unknownSubject": refusal(lambda: client.get_latest_version("nowhere")),
    "unknownVersion": refusal(lambda: client.get_version(subject, 99)),
    "unknownId": refusal(lambda: client.get_schema(4711)),
    "rule": client.get_compatibility(),
    "ruleSet": client.set_compatibility(subject, "FULL"),
    "deleted": client.delete_subject("python-value"),
    "deletedForGood": client.delete_subject("python-value", permanent=True),
}
json.dump(answer, sys.stdout, default=str)
