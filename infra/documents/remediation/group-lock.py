import datetime
import json
import re

import boto3

LEASE = 3 * 3600
# A command is waited for as long as an hour, and each node has two.
NODE = 8100


def path_of(events):
    return "%s/%s/%s" % (events["Path"], events["Cluster"], events["NodeGroup"].replace("~", "."))


def newest_lock(ssm, path):
    """Number, value and end of the parameter with the highest number. A value that nobody can read holds the group."""
    locks = {0: ({}, datetime.datetime.min.replace(tzinfo=datetime.timezone.utc))}
    for page in ssm.get_paginator("get_parameters_by_path").paginate(Path=path):
        for each in page["Parameters"]:
            number = each["Name"][len(path) + 1 :]
            if not re.fullmatch("[1-9][0-9]{0,14}", number):
                continue
            try:
                value = json.loads(each["Value"])
                until = each["LastModifiedDate"] + datetime.timedelta(seconds=int(value["seconds"]))
            except (ValueError, TypeError, KeyError, OverflowError):
                value, until = {}, datetime.datetime.max.replace(tzinfo=datetime.timezone.utc)
            locks[int(number)] = (value, until)
    number = max(locks)
    return (number, *locks[number])


def put(ssm, events, number, seconds):
    value = {"run": events["Run"], "holder": "the runbook", "pid": 0, "seconds": seconds}
    name = "%s/%d" % (path_of(events), number)
    try:
        ssm.put_parameter(Name=name, Value=json.dumps(value), Type="String", Overwrite=False)
    except ssm.exceptions.ParameterAlreadyExists:
        raise ValueError("another run took node group %s a moment before" % events["NodeGroup"])
    return {}


def hold_group(events, _context):
    """Before each node: takes the group, or keeps it for as long as the node may take; ends where another run has it."""
    ssm = boto3.client("ssm")
    number, value, until = newest_lock(ssm, path_of(events))
    now = datetime.datetime.now(datetime.timezone.utc)
    own = value.get("run") == events["Run"]
    if until > now and not own:
        words = (events["NodeGroup"], value.get("run", "unknown"), value.get("holder", "unknown"))
        raise ValueError(
            "node group %s is being changed by run %.80s of %.100s, until %s at the latest"
            % (*words, until.strftime("%Y-%m-%dT%H:%M:%SZ"))
        )
    if own and until - now > datetime.timedelta(seconds=NODE):
        return {}
    return put(ssm, events, number + 1, LEASE)


def free_group(events, _context):
    """After the last node, or the one that ended the runbook: another run may take the group at once."""
    ssm = boto3.client("ssm")
    number, value, until = newest_lock(ssm, path_of(events))
    is_held = until > datetime.datetime.now(datetime.timezone.utc)
    return put(ssm, events, number + 1, 0) if is_held and value.get("run") == events["Run"] else {}
