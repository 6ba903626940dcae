import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeClusterCommand, DescribeUpdateCommand, EKSClient, ListClustersCommand } from '@aws-sdk/client-eks';
import { BatchImportFindingsCommand, SecurityHubClient } from '@aws-sdk/client-securityhub';
import { SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../lab.ts';
import { failure } from '../wire/failure.ts';

const accountId = '111122223333';
const region = 'eu-central-1';

let now = Date.now();
let lab: Lab;
beforeEach(async () => {
  now = Date.now();
  lab = await startLab({ clock: () => now });
  lab.addAccount(accountId);
});
afterEach(() => lab.close());

const settings = (credentials = lab.credentials(accountId), maxAttempts = 1) => ({
  endpoint: lab.endpoint,
  region,
  credentials,
  maxAttempts,
});
const list = (...given: Parameters<typeof settings>) =>
  new EKSClient(settings(...given)).send(new ListClustersCommand({}));

describe('a signature', () => {
  it('of a session names the role and its account, and is refused once the session is over', async () => {
    const credentials = lab.sts.startSession('arn:aws:iam::444455556666:role/r', 's', 60);
    await list(credentials);
    expect(lab.calls[0]).toMatchObject({
      accountId: '444455556666',
      principalArn: 'arn:aws:sts::444455556666:assumed-role/r/s',
    });

    now += 61_000;
    expect(await failure(list(credentials))).toMatchObject({ name: 'ExpiredTokenException' });
  });

  it('made more than five minutes ago is refused, and the SDK corrects its clock by the answer', async () => {
    now += 6 * 60_000;

    expect(await failure(list())).toMatchObject({
      name: 'InvalidSignatureException',
      message: expect.stringContaining('Signature expired'),
    });
    expect((await list(lab.credentials(accountId), 2)).clusters).toEqual([]);
  });

  it.each<[what: string, change: (request: { path: string; headers: Record<string, string>; body: string }) => void]>([
    ['the path', (request) => Object.assign(request, { path: '/clusters/b' })],
    ['the query', (request) => Object.assign(request, { path: `${request.path}?maxResults=1` })],
    ['a signed header', (request) => Object.assign(request.headers, { 'x-amz-date': '20200101T000000Z' })],
    ['the body', (request) => Object.assign(request, { body: '{}' })],
  ])('does not hold for a request whose %s was changed', async (_, change) => {
    lab.eks.putCluster(accountId, region, { name: 'a' });
    const request = { path: '', headers: {}, body: '' };
    const client = new EKSClient(settings());
    client.middlewareStack.add(
      (next) => async (args) => {
        const { headers, path } = args.request as { headers: Record<string, string>; path: string };
        Object.assign(request, { headers: { ...headers }, path });
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    await client.send(new DescribeClusterCommand({ name: 'a' }));
    change(request);

    const response = await fetch(`${lab.endpoint}${request.path}`, {
      headers: request.headers,
      ...(request.body && { method: 'PUT', body: request.body }),
    });
    expect(response.status).toBe(403);
    expect(response.headers.get('x-amzn-errortype')).toBe('InvalidSignatureException');
  });
});

it('names an operation that the lab does not know', async () => {
  const asked = new EKSClient(settings()).send(new DescribeUpdateCommand({ name: 'a', updateId: 'b' }));

  expect(await failure(asked)).toMatchObject({
    name: 'UnknownOperationException',
    message: expect.stringContaining('GET /clusters/a/updates/b'),
  });
});

it('reports an answer that the service model forbids as a bug of the lab', async () => {
  lab.eks.putCluster(accountId, region, { name: 'a', version: 1 as never });
  const asked = new EKSClient(settings()).send(new DescribeClusterCommand({ name: 'a' }));

  expect(await failure(asked)).toMatchObject({
    name: 'LabBug',
    status: 500,
    message: expect.stringContaining("'cluster.version' failed to satisfy constraint: Member must be a string"),
  });
});

it.each<[service: string, ask: () => Promise<unknown>, refusal: object]>([
  [
    'EKS',
    () => new EKSClient(settings()).send(new ListClustersCommand({ maxResults: 101 })),
    { name: 'InvalidParameterException', message: expect.stringContaining('maxResults') },
  ],
  [
    'SSM',
    () => new SSMClient(settings()).send(new SendCommandCommand({ DocumentName: 'Probe', TimeoutSeconds: 29 })),
    { name: 'ValidationException', message: expect.stringContaining('value greater than or equal to 30') },
  ],
  [
    'Security Hub',
    () => new SecurityHubClient(settings()).send(new BatchImportFindingsCommand({ Findings: [] })),
    { name: 'InvalidInputException' },
  ],
  [
    'EC2',
    () => new EC2Client(settings()).send(new DescribeInstancesCommand({ MaxResults: 'x' as never })),
    { name: 'InvalidParameterValue' },
  ],
])('refuses an input that the service model forbids in the words of %s', async (_, ask, refusal) => {
  expect(await failure(ask())).toMatchObject(refusal);
});
