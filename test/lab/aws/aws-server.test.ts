import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeClusterCommand, EKSClient, ListClustersCommand } from '@aws-sdk/client-eks';
import { BatchImportFindingsCommand, SecurityHubClient } from '@aws-sdk/client-securityhub';
import { SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failure } from '../wire/failure.ts';
import { Faults } from '../wire/faults.ts';
import type { LabCall, LabService } from '../wire/service.ts';
import { AwsServer, type RecordedCall } from './aws-server.ts';
import type { LabCredentials } from './identities.ts';
import { StsService } from './sts/sts.ts';

const accountId = '111122223333';
const region = 'eu-central-1';

/** A service that answers what the test says. */
class Stub implements LabService {
  readonly name: LabService['name'];
  readonly seen: LabCall[] = [];
  answer: (call: LabCall) => unknown = () => ({});
  constructor(name: LabService['name']) {
    this.name = name;
  }
  async handle(call: LabCall): Promise<unknown> {
    this.seen.push(call);
    return this.answer(call);
  }
}

async function openDoor() {
  const clock = { now: Date.now() };
  const sts = new StsService({ clock: () => clock.now });
  const [eks, ssm, ec2, securityHub] = [
    new Stub('eks'),
    new Stub('ssm'),
    new Stub('ec2'),
    new Stub('securityhub'),
  ] as const;
  const faults = new Faults();
  const calls: RecordedCall[] = [];
  const server = new AwsServer({
    services: [sts, eks, ssm, ec2, securityHub],
    identities: sts.identities,
    faults,
    calls,
    clock: () => clock.now,
  });
  const endpoint = await server.listen();
  const credentials = sts.addAccount(accountId);
  const client = (given: LabCredentials = credentials) => ({
    endpoint,
    region,
    credentials: given,
    maxAttempts: 1,
  });
  return { clock, sts, eks, ssm, ec2, securityHub, faults, calls, server, endpoint, credentials, client };
}

let door: Awaited<ReturnType<typeof openDoor>>;
beforeEach(async () => {
  door = await openDoor();
});
afterEach(() => door.server.close());

describe('a signature', () => {
  const eksCall = (credentials: LabCredentials) =>
    failure(new EKSClient(door.client(credentials)).send(new ListClustersCommand({})));

  it('of a session tells the role and its account, and is refused once the session is over', async () => {
    door.eks.answer = () => ({ clusters: [] });
    const credentials = door.sts.startSession('arn:aws:iam::444455556666:role/r', 's', 900);
    const client = new EKSClient(door.client(credentials));

    await client.send(new ListClustersCommand({}));
    expect(door.eks.seen[0]).toMatchObject({
      accountId: '444455556666',
      principalArn: 'arn:aws:sts::444455556666:assumed-role/r/s',
    });

    door.sts.identities.add({
      ...door.sts.identities.find(credentials.accessKeyId)!,
      session: { token: credentials.sessionToken!, expiresAt: door.clock.now - 1, roleArn: '' },
    });
    expect(await failure(client.send(new ListClustersCommand({})))).toMatchObject({ name: 'ExpiredTokenException' });
  });

  it('made more than five minutes ago is refused, and the SDK corrects its clock by the answer', async () => {
    door.eks.answer = () => ({ clusters: [] });
    door.clock.now += 6 * 60_000;

    expect(await eksCall(door.credentials)).toMatchObject({
      name: 'InvalidSignatureException',
      message: expect.stringContaining('Signature expired'),
    });
    const patient = new EKSClient({ ...door.client(), maxAttempts: 2 });
    expect((await patient.send(new ListClustersCommand({}))).clusters).toEqual([]);
  });

  it.each<[what: string, change: (request: { path: string; headers: Record<string, string>; body: string }) => void]>([
    ['the path', (request) => Object.assign(request, { path: '/clusters/b' })],
    ['the query', (request) => Object.assign(request, { path: `${request.path}?maxResults=1` })],
    ['a signed header', (request) => Object.assign(request.headers, { 'x-amz-date': '20200101T000000Z' })],
    ['the body', (request) => Object.assign(request, { body: '{}' })],
  ])('does not hold for a request whose %s was changed', async (_, change) => {
    const taken: { path: string; headers: Record<string, string>; body: string }[] = [];
    const client = new EKSClient(door.client());
    client.middlewareStack.add(
      (next) => async (args) => {
        const { headers, path } = args.request as { headers: Record<string, string>; path: string };
        taken.push({ headers: { ...headers }, path, body: '' });
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    door.eks.answer = () => ({ cluster: { name: 'a' } });
    await client.send(new DescribeClusterCommand({ name: 'a' }));
    const request = taken[0]!;
    change(request);

    const response = await fetch(`${door.endpoint}${request.path}`, {
      headers: request.headers,
      ...(request.body && { method: 'PUT', body: request.body }),
    });

    expect(response.status).toBe(403);
    expect(response.headers.get('x-amzn-errortype')).toBe('InvalidSignatureException');
  });
});

describe('an error', () => {
  it('names an operation that the lab does not know', async () => {
    const { DescribeUpdateCommand } = await import('@aws-sdk/client-eks');
    const client = new EKSClient(door.client());

    expect(await failure(client.send(new DescribeUpdateCommand({ name: 'a', updateId: 'b' })))).toMatchObject({
      name: 'UnknownOperationException',
      message: expect.stringContaining('GET /clusters/a/updates/b'),
    });
  });

  it('tells an answer that the service model forbids as a bug of the lab', async () => {
    door.eks.answer = () => ({ clusters: 'a' });

    expect(await failure(new EKSClient(door.client()).send(new ListClustersCommand({})))).toMatchObject({
      name: 'LabBug',
      status: 500,
      message: expect.stringContaining("'clusters' failed to satisfy constraint: Member must be a list"),
    });
  });
});

describe('an input that the service model forbids', () => {
  it('is refused in the words of each service', async () => {
    const eks = failure(new EKSClient(door.client()).send(new ListClustersCommand({ maxResults: 101 })));
    const ssm = failure(
      new SSMClient(door.client()).send(new SendCommandCommand({ DocumentName: 'Probe', TimeoutSeconds: 29 })),
    );
    const securityHub = failure(
      new SecurityHubClient(door.client()).send(new BatchImportFindingsCommand({ Findings: [] })),
    );
    const ec2 = failure(new EC2Client(door.client()).send(new DescribeInstancesCommand({ MaxResults: 'x' as never })));

    expect(await eks).toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining('maxResults'),
    });
    expect(await ssm).toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('Member must have value greater than or equal to 30'),
    });
    expect(await securityHub).toMatchObject({ name: 'InvalidInputException' });
    expect(await ec2).toMatchObject({ name: 'InvalidParameterValue' });
    expect([door.eks, door.ssm, door.securityHub, door.ec2].flatMap(({ seen }) => seen)).toEqual([]);
  });
});
