import base64
import hashlib
import re


def read_finding(events, _context):
    """What the runbook is to fix, read from a finding of ours: names and ids of fixed forms, nothing else of it."""
    finding = events["Finding"]
    place = "arn:%s:%%s:%s:%s:" % (events["Partition"], events["Region"], events["Account"])

    identity = re.fullmatch(
        "eks-kubelet-audit/(kubelet-[a-z-]{1,50})/%scluster/([0-9A-Za-z][0-9A-Za-z_-]{0,99})/[!-~]{1,250}"
        % re.escape(place % "eks"),
        str(finding["Id"]),
    )
    if not identity:
        raise ValueError("this is no finding of eks-kubelet-audit about a kubelet of this account and Region")

    control, cluster = identity.groups()
    if control not in events["Controls"]:
        raise ValueError("%s is fixed by a person" % control)
    if finding.get("Compliance", {}).get("Status") != "FAILED" or finding.get("RecordState") != "ACTIVE":
        raise ValueError("this finding is no failure any more")

    machine = "(?:%sinstance/(i-[0-9a-f]{8,17})|%smanaged-instance/(mi-[0-9a-f]{17}))" % (
        re.escape(place % "ec2"),
        re.escape(place % "ssm"),
    )
    found = [re.fullmatch(machine, str(resource.get("Id"))) for resource in finding["Resources"]]
    instance_ids = sorted({each.group(1) or each.group(2) for each in found if each})
    if not instance_ids:
        raise ValueError("this finding names no machine of this account and Region")
    return {
        "Control": control,
        "Cluster": cluster,
        "InstanceIds": instance_ids,
    }


def runbook_group(group):
    """The name under which the hub, too, starts a runbook of this group: two of one name exclude each other."""
    plain = re.sub("[^A-Za-z0-9_/-]+", "-", group)[:200]
    return plain if plain == group else plain + "~" + hashlib.sha256(group.encode("utf-16-le")).hexdigest()[:32]


def fingerprints(events, _context):
    """SHA-256 of each certificate of the cluster's CA, as the runbook takes them."""
    bundle = base64.b64decode(events["CertificateAuthority"], validate=True).decode("ascii")
    certificates = re.findall("-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\\s]+)-----END CERTIFICATE-----", bundle)
    if not 1 <= len(certificates) <= 8:
        raise ValueError("the CA of the cluster holds %d certificates" % len(certificates))
    return {"CaSha256": ",".join(hashlib.sha256(base64.b64decode(each)).hexdigest() for each in certificates)}


def none_open(events, _context):
    """Ends where a runbook of this group waits for its approval, or changes nodes: two of them would restart two nodes at a time."""
    import boto3

    ssm = boto3.client("ssm")
    filters = [
        {"Key": "DocumentNamePrefix", "Values": [events["Runbook"]]},
        {"Key": "ExecutionStatus", "Values": ["Pending", "InProgress", "Waiting"]},
    ]
    for page in ssm.get_paginator("describe_automation_executions").paginate(Filters=filters):
        for each in page["AutomationExecutionMetadataList"]:
            execution = ssm.get_automation_execution(AutomationExecutionId=each["AutomationExecutionId"])
            given = execution["AutomationExecution"].get("Parameters", {})
            if given.get("Cluster") == [events["Cluster"]] and given.get("NodeGroup") == [events["NodeGroup"]]:
                raise ValueError("execution %s is about this node group and has not ended" % each["AutomationExecutionId"])
    return {}


def of_cluster(events, _context):
    """Machines of one node group, whatever the finding is about. AWS must say that each is tagged as one of the finding's cluster: whoever may write findings can name any. The others can be asked for when these are done."""
    import boto3

    cluster, ids, names = events["Cluster"], events["InstanceIds"], events["ClusterNameTags"]
    group_of = {}

    instances = [each for each in ids if each.startswith("i-")]
    if instances:
        pages = boto3.client("ec2").get_paginator("describe_instances")
        for some in [instances[at : at + 200] for at in range(0, len(instances), 200)]:
            for page in pages.paginate(Filters=[{"Name": "instance-id", "Values": some}]):
                for each in [each for found in page["Reservations"] for each in found["Instances"]]:
                    tags = {tag["Key"]: tag["Value"] for tag in each.get("Tags", [])}
                    if cluster in [tags.get(name) for name in names]:
                        found = [kind + "/" + tags[key] for kind, key in events["GroupTags"] if tags.get(key)]
                        group_of[each["InstanceId"]] = (found + ["self-managed/self-managed"])[0]

    if len(instances) < len(ids):
        arn = "arn:%s:eks:%s:%s:cluster/%s" % (events["Partition"], events["Region"], events["Account"], cluster)
        pages = boto3.client("ssm").get_paginator("describe_instance_information")
        for page in pages.paginate(Filters=[{"Key": "tag:" + events["HybridClusterTag"], "Values": [arn]}]):
            group_of.update((each["InstanceId"], "hybrid/hybrid") for each in page["InstanceInformationList"])

    others = [each for each in ids if each not in group_of]
    if others:
        raise ValueError("by their tags these are no machines of cluster %s: %s" % (cluster, ", ".join(others)))
    group = group_of[ids[0]]
    return {"NodeGroup": runbook_group(group), "InstanceIds": [each for each in ids if group_of[each] == group][:50]}
