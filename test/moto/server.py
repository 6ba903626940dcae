"""AWS by moto, on loopback, and requests judged by botocore's models. Debian: python3-moto, python3-botocore.

Takes one JSON object a line and answers each with a line. The first one is the hub's account and the sessions of its roles. What moto 5.1 lacks is added
below, each place with the reason; alarms, Insights, the JSONL reader of Step Functions and versions of SSM documents it lacks too, and nobody needs them here.
"""

import json
import logging
import re
import sys
import types

import botocore.session
from botocore.validate import ParamValidator

# For browsers alone, and in a package of its own.
sys.modules["flask_cors"] = types.SimpleNamespace(CORS=lambda app: app)

from moto.eks import models as eks
from moto.events.utils import EventTemplateParser
from moto.iam import models as iam
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.securityhub.models import SecurityHubBackend
from moto.sqs.models import sqs_backends
from moto.sts.models import AssumedRole


def received():
    return json.loads(sys.stdin.readline() or "null")


def reply(answer):
    print(json.dumps(answer), flush=True)


start = received()


def account_of(access_key):
    """moto looks for keys that it made itself. These are sessions: of roles that the first line names, or of the hub's own."""
    roles = [role for role, keys in start["sessions"].items() if keys["accessKeyId"] == access_key]
    return roles[0].split(":")[4] if roles else start["hub"]


iam.get_account_id_from = account_of


made_role = AssumedRole.__init__


def session_of_lab(self, *args, **kwargs):
    """moto makes keys at random; the clusters' authenticator must know them."""
    made_role(self, *args, **kwargs)
    keys = start["sessions"][self.role_arn]
    self.access_key_id = keys["accessKeyId"]
    self.secret_access_key = keys["secretAccessKey"]
    self.session_token = keys["sessionToken"]


AssumedRole.__init__ = session_of_lab


all_findings = SecurityHubBackend.get_findings


def filtered(self, filters=None, sort_criteria=None, max_results=None, next_token=None):
    """moto ignores filters; these are the ones that the program sends."""

    def holds(finding, name, wanted):
        values = [each["Id"] for each in finding["Resources"]] if name == "ResourceId" else [finding[name]]
        tests = {"EQUALS": str.__eq__, "PREFIX": str.startswith}
        return any(tests[each["Comparison"]](value, each["Value"]) for each in wanted for value in values)

    found, token = all_findings(self, sort_criteria=sort_criteria, max_results=max_results, next_token=next_token)
    return [each for each in found if all(holds(each, *one) for one in (filters or {}).items())], token


SecurityHubBackend.get_findings = filtered


def mail_of(input_template, input_paths_map, event):
    """EventBridge takes a text of several lines, each in quotes, which stay; moto takes one JSON value, by a package that Debian may lack."""

    def value(name):
        found = event
        for part in input_paths_map[name].split(".")[1:]:
            found = found.get(part) if isinstance(found, dict) else None
        return "" if found is None else found if isinstance(found, str) else json.dumps(found)

    text = re.sub(r"<([\w-]+)>", lambda match: value(match[1]), input_template)
    return {"time": event["time"], "mail": text}


EventTemplateParser.parse = staticmethod(mail_of)


# EKS speaks JSON, in which a time is a number; moto writes a text.
eks.iso_8601_datetime_without_milliseconds = lambda at: at.timestamp()


def serve(cluster):
    """moto invents endpoint and CA of a cluster, and knows no VPC of it: here a real API server listens."""
    made = eks.eks_backends[cluster["accountId"]][cluster["region"]].clusters[cluster["name"]]
    made.endpoint = cluster["endpoint"]
    made.certificateAuthority = {"data": cluster["ca"]}
    made.resources_vpc_config = {**made.resources_vpc_config, "vpcId": cluster["vpcId"]}


session = botocore.session.get_session()
services = {"states": "stepfunctions"}


# Of AWS's newer models, which Debian's botocore does not have.
newer = {("ec2", "DescribeInstances", "IncludeManagedResources")}


def structured(shape, flat, prefix, of_ec2):
    """The value of a shape in the flat parameters of EC2 and STS, which it takes out of them; None where there is none."""
    if shape.type_name == "list":
        name = prefix if of_ec2 or shape.serialization.get("flattened") else prefix + ".member"
        items = (structured(shape.member, flat, "%s.%d" % (name, n), of_ec2) for n in range(1, 1001))
        return [each for each in items if each is not None] or None
    if shape.type_name == "structure":
        found = {}
        for name, member in shape.members.items():
            written = member.serialization.get("queryName") or member.serialization.get("name", name)
            written = written[0].upper() + written[1:] if of_ec2 else written
            found[name] = structured(member, flat, f"{prefix}.{written}" if prefix else written, of_ec2)
        return {name: value for name, value in found.items() if value is not None} or None
    text = flat.pop(prefix, None)
    if text is None:
        return None
    if shape.type_name in ("integer", "long"):
        return int(text) if re.fullmatch(r"-?\d+", text) else text
    return {"true": True, "false": False}.get(text, text) if shape.type_name == "boolean" else text


def faults_of(call):
    """What botocore says of one request, by the model of its operation."""
    service, operation, given = call["service"], call["operation"], dict(call["input"])
    model = session.get_service_model(services.get(service, service))
    shape = model.operation_model(operation).input_shape
    given = {name: value for name, value in given.items() if (service, operation, name) not in newer}
    if model.metadata["protocol"] in ("ec2", "query"):
        given = {**(structured(shape, given, "", model.metadata["protocol"] == "ec2") or {}), **given} if shape else given
    report = ParamValidator().validate(given, shape) if shape else None
    return report.generate_report() if report and report.has_errors() else None


logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
queue = sqs_backends[start["hub"]][start["region"]].create_queue("mails", {})
reply({"endpoint": "http://%s:%s" % server.get_host_and_port(), "queueArn": queue.queue_arn})
while command := received():
    if "cluster" in command:
        serve(command["cluster"])
        reply({})
    elif "mails" in command:
        # moto delivers to a queue, not to a topic.
        reply({"mails": [json.loads(message.original_body)["mail"] for message in queue._messages]})
    else:
        judged = [(call, faults_of(call)) for call in command["calls"]]
        reply({"faults": ["%s:%s %s" % (c["service"], c["operation"], f) for c, f in judged if f]})
