import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { CreateClusterCommand, DeleteClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { GetFindingsCommand, SecurityHubClient } from '@aws-sdk/client-securityhub';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { memberRoleName } from '../../lambda/contract/names.ts';
import type { LabCredentials } from '../lab/aws/identities.ts';
import { type DeployedHub, deployHub } from '../lab/estate/deployed-hub.ts';
import { deployMember, grantedIn, memberStackTemplate, hub as place } from '../lab/estate/organization.ts';
import type { LabNode } from '../lab/kubernetes/node-object.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { bundledFunctions } from '../made-once.ts';
import { hasMoto, type Moto, startMoto } from './moto.ts';

// The same estate, hub and runs in the lab and in moto. What moto lacks is listed in server.py; SSM, which runs nothing there, is left out.

const { accountId: hubAccount, region } = place;
const accounts = [hubAccount, '222200000002'];
const settings = { accounts, regions: [region], sources: ['configz'], nodeTimeout: '5m' };
/** Of each cluster: its account, and the recorded kubelet of each node by its node pool. */
const estate = {
  prod: { account: hubAccount, pools: { web: 'file-sets-ca', old: 'no-ca-anonymous-off' } },
  short: { account: hubAccount, pools: { batch: 'no-ca-anonymous-off' } },
  shop: { account: '222200000002', pools: { all: 'al2023-shape' } },
} as const;

let lab: Lab;
let moto: Moto;
/** What moto answers to AssumeRole, by the role: the clusters' authenticator knows these keys. */
let sessions: Readonly<Record<string, LabCredentials>>;
/** The hub whose functions call the lab, and the same whose functions call moto. */
let hubs: { readonly lab: DeployedHub; readonly moto: DeployedHub };
/** What each world held and had mailed after each run. */
const after: Record<string, { readonly lab: Outcome; readonly moto: Outcome }> = {};

type Finding = Readonly<Record<string, unknown>>;
interface Outcome {
  readonly status: string;
  readonly findings: readonly Finding[];
  readonly mails: readonly string[];
}

const memberRoleOf = (accountId: string) => `arn:aws:iam::${accountId}:role/${memberRoleName}`;

const clientOf = (accountId: string) => ({
  endpoint: moto.endpoint,
  region,
  credentials: sessions[memberRoleOf(accountId)] ?? expect.fail(`no session in ${accountId}`),
});

/** A machine that moto launches, in the lab under the same id; its Node object. */
async function launch(accountId: string, cluster: string, { pool, recording }: Record<'pool' | 'recording', string>) {
  const tags = { [`kubernetes.io/cluster/${cluster}`]: 'owned', 'karpenter.sh/nodepool': pool };
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const { Instances: [made] = [] } = await new EC2Client(clientOf(accountId)).send(
    new RunInstancesCommand({
      ImageId: 'ami-0123456789abcdef0',
      InstanceType: 'm5.large',
      MinCount: 1,
      MaxCount: 1,
      TagSpecifications: [{ ResourceType: 'instance', Tags }],
    }),
  );
  const machine = z
    .object({
      InstanceId: z.string(),
      VpcId: z.string(),
      SubnetId: z.string(),
      PrivateIpAddress: z.string(),
      PrivateDnsName: z.string(),
      ImageId: z.string(),
      NetworkInterfaces: z.tuple([z.object({ Attachment: z.object({ AttachTime: z.date() }) })]),
    })
    .parse(made);
  const { InstanceId: id, VpcId: vpcId, PrivateIpAddress: privateIp, PrivateDnsName: privateDnsName } = machine;
  // moto's interfaces are old, and so are its machines for the program: it counts from the time that the account can't choose.
  const launchedAt = machine.NetworkInterfaces[0].Attachment.AttachTime.getTime();
  lab.ec2.putInstance(accountId, region, {
    id,
    tags,
    vpcId,
    privateIp,
    privateDnsName,
    launchedAt,
    imageId: machine.ImageId,
  });
  const node: LabNode = {
    name: privateDnsName,
    kubelet: { kind: 'recorded', folder: recording },
    instanceId: id,
    address: privateIp,
    labels: { 'karpenter.sh/nodepool': pool },
  };
  return { node, vpcId, subnetId: machine.SubnetId };
}

async function addCluster(name: string, { account: accountId, pools }: (typeof estate)[keyof typeof estate]) {
  const machines = await Promise.all(
    Object.entries(pools).map(([pool, recording]) => launch(accountId, name, { pool, recording })),
  );
  const [{ vpcId, subnetId } = expect.fail('a cluster has a machine')] = machines;
  const resourcesVpcConfig = { subnetIds: [subnetId], endpointPublicAccess: true, endpointPrivateAccess: false };
  const added = await lab.addKubernetesCluster({
    accountId,
    region,
    name,
    ...grantedIn(accountId),
    nodes: machines.map(({ node }) => node),
    described: { resourcesVpcConfig: { ...resourcesVpcConfig, vpcId, publicAccessCidrs: ['0.0.0.0/0'] } },
  });
  const roleArn = `arn:aws:iam::${accountId}:role/cluster`;
  await new EKSClient(clientOf(accountId)).send(
    new CreateClusterCommand({ name, roleArn, version: '1.34', resourcesVpcConfig }),
  );
  const ca = Buffer.from(added.caPem).toString('base64');
  await moto.serve({ accountId, region, name, endpoint: added.endpoint, ca, vpcId });
}

const rule = z.object({
  EventPattern: z.record(z.string(), z.unknown()),
  Targets: z.array(
    z.object({
      InputTransformer: z.object({ InputPathsMap: z.record(z.string(), z.string()), InputTemplate: z.string() }),
    }),
  ),
});

/** The rules of the template, with moto's queue in place of the topic. */
async function deployRules(): Promise<void> {
  const client = new EventBridgeClient(clientOf(hubAccount));
  for (const { id, properties } of hubs.moto.stack.resources('AWS::Events::Rule')) {
    const { EventPattern, Targets } = rule.parse(hubs.moto.stack.resolve(properties));
    await client.send(new PutRuleCommand({ Name: id, EventPattern: JSON.stringify(EventPattern) }));
    const targets = Targets.map(({ InputTransformer }) => ({ Id: 'mails', Arn: moto.queueArn, InputTransformer }));
    await client.send(new PutTargetsCommand({ Rule: id, Targets: targets }));
  }
}

async function findingsOfMoto(): Promise<readonly Finding[]> {
  const all = await Promise.all(
    accounts.map(async (accountId) => {
      const { Findings = [] } = await new SecurityHubClient(clientOf(accountId)).send(new GetFindingsCommand({}));
      return Findings as readonly object[] as readonly Finding[];
    }),
  );
  return all.flat();
}

const mailsOfLab = (): readonly string[] =>
  hubs.lab.stack
    .resources('AWS::SNS::Topic')
    .flatMap((topic) => lab.events.deliveries.messages(hubs.lab.stack.arnOf(topic)));

async function run(name: string): Promise<void> {
  const ended = { lab: await hubs.lab.run(name), moto: await hubs.moto.run(name) };
  after[name] = {
    lab: {
      status: ended.lab.status,
      findings: accounts.flatMap((accountId) => lab.securityHub.findings(accountId, region)),
      mails: mailsOfLab(),
    },
    moto: { status: ended.moto.status, findings: await findingsOfMoto(), mails: await moto.mails() },
  };
}

const outcomes = (name: string) => after[name] ?? expect.fail(`no run ${name}`);

/** What Security Hub adds to a finding, and moto does not; and a time that moto keeps when an update has none. */
const added = ['ProcessedAt', 'Severity', 'Types', 'Workflow', 'WorkflowState', 'LastObservedAt'];
/** These too, and the hash of a finding, which counts when its resource was first seen. */
const addedFields = /^aws\/securityhub\//;

/** What the program sent, without times. */
function comparable(findings: readonly Finding[]): unknown {
  const without = (one: object, names: (name: string) => boolean) =>
    Object.fromEntries(Object.entries(one).filter(([name]) => !names(name)));
  const sent = findings
    .toSorted((one, other) => (String(one['Id']) < String(other['Id']) ? -1 : 1))
    .map(({ ProductFields, ...finding }) => ({
      ...without(finding, (name) => added.includes(name)),
      ProductFields: without(Object(ProductFields), (name) => addedFields.test(name)),
    }));
  return JSON.parse(JSON.stringify(sent).replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, 'WHEN'));
}

describe.skipIf(!hasMoto())('moto, an emulator of AWS that others wrote', () => {
  beforeAll(async () => {
    lab = await startLab();
    const template = memberStackTemplate();
    for (const accountId of accounts) {
      lab.addAccount(accountId);
      deployMember(lab, template, accountId);
      lab.securityHub.enable(accountId, region);
    }
    const roles = accounts.map(memberRoleOf);
    sessions = Object.fromEntries(roles.map((role) => [role, lab.sts.startSession(role, 'eks-kubelet-audit')]));
    moto = await startMoto({ hub: hubAccount, region, sessions });
    for (const [name, cluster] of Object.entries(estate)) await addCluster(name, cluster);

    const options = { ...place, settings, bundles: await bundledFunctions() };
    hubs = { lab: deployHub(lab, options), moto: deployHub({ ...lab, endpoint: moto.endpoint }, options) };
    lab.events.deliveries.deploy(hubs.lab.stack);
    const LocationConstraint = region;
    await new S3Client(clientOf(hubAccount)).send(
      new CreateBucketCommand({ Bucket: hubs.moto.bucket, CreateBucketConfiguration: { LocationConstraint } }),
    );
    await deployRules();

    await run('first');
    lab.eks.deleteCluster(hubAccount, region, 'short');
    await new EKSClient(clientOf(hubAccount)).send(new DeleteClusterCommand({ name: 'short' }));
    await run('deleted');
    await run('quiet');
  });
  afterAll(async () => {
    await Promise.all([hubs?.lab.close(), hubs?.moto.close(), lab?.close()]);
    moto?.close();
  });

  it.each(['first', 'deleted', 'quiet'])('gets the findings and mails of run %s that the lab gets', (name) => {
    const { lab: ofLab, moto: ofMoto } = outcomes(name);
    expect(ofMoto.status).toBe('SUCCEEDED');
    expect(ofLab.status).toBe('SUCCEEDED');
    expect(comparable(ofMoto.findings)).toEqual(comparable(ofLab.findings));
    expect(ofMoto.mails.toSorted()).toEqual(ofLab.mails.toSorted());
  });

  it('holds findings that passed and failed, and those of a deleted cluster as archived', () => {
    const states = outcomes('deleted').moto.findings.map(({ RecordState, Compliance, Id }) => ({
      status: Object(Compliance).Status,
      state: RecordState,
      isGone: String(Id).includes('short'),
    }));
    expect(new Set(states.map(({ status }) => status))).toEqual(
      new Set(['PASSED', 'FAILED', 'WARNING', 'NOT_AVAILABLE']),
    );
    for (const { state, isGone } of states) expect(state).toBe(isGone ? 'ARCHIVED' : 'ACTIVE');
    expect(states.filter(({ isGone }) => isGone)).not.toEqual([]);
    expect(outcomes('first').moto.mails).not.toEqual([]);
    for (const mail of outcomes('deleted').moto.mails.filter((each) => each.includes('Control: ')))
      expect(mail).toMatch(/^"Control: \d\.\d\.\d+ /m);
    expect(outcomes('deleted').moto.mails.length).toBeGreaterThan(outcomes('first').moto.mails.length);
  });

  it('is written nothing and mails nothing by a run that finds nothing new', () => {
    expect(outcomes('quiet').moto).toEqual(outcomes('deleted').moto);
  });

  it('has a judge in botocore, which finds no fault in any request that the lab saw, and finds one in a wrong request', async () => {
    expect(lab.calls.length).toBeGreaterThan(50);
    expect(await moto.faults(lab.calls)).toEqual([]);
    const wrong = { service: 'eks', operation: 'DescribeCluster', input: { nam: 'prod' } };
    expect(await moto.faults([wrong])).toEqual([expect.stringContaining('Missing required parameter')]);
  });
});
