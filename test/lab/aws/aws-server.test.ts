import { DescribeClusterCommand, DescribeUpdateCommand, EKSClient, ListClustersCommand } from '@aws-sdk/client-eks';
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

const eks = (credentials = lab.credentials(accountId), maxAttempts = 1) =>
  new EKSClient({ endpoint: lab.endpoint, region, credentials, maxAttempts });
const list = (...given: Parameters<typeof eks>) => eks(...given).send(new ListClustersCommand({}));

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
    expect(await failure(list())).toMatchObject({ name: 'InvalidSignatureException' });
    expect((await list(lab.credentials(accountId), 2)).clusters).toEqual([]);
  });

  type Signed = { path: string; headers: Record<string, string>; body?: string };
  it.each<[what: string, change: (request: Signed) => object]>([
    ['the path', (request) => ({ ...request, path: '/clusters/b' })],
    ['the query', (request) => ({ ...request, path: `${request.path}?maxResults=1` })],
    [
      'a signed header',
      (request) => ({ ...request, headers: { ...request.headers, 'x-amz-date': '20200101T000000Z' } }),
    ],
    ['the body', (request) => ({ ...request, method: 'PUT', body: '{}' })],
  ])('does not hold for a request in which %s was changed', async (_, change) => {
    lab.eks.putCluster(accountId, region, { name: 'a' });
    const client = eks();
    let signed: Signed = { path: '', headers: {} };
    client.middlewareStack.add(
      (next) => async (args) => {
        const { headers, path } = args.request as Signed;
        signed = { headers: { ...headers }, path };
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    await client.send(new DescribeClusterCommand({ name: 'a' }));

    const { path = '', ...request }: RequestInit & { path?: string } = change(signed);
    const response = await fetch(`${lab.endpoint}${path}`, request);
    expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([403, 'InvalidSignatureException']);
  });
});

it('names an operation that the lab does not know', async () => {
  expect(await failure(eks().send(new DescribeUpdateCommand({ name: 'a', updateId: 'b' })))).toMatchObject({
    name: 'UnknownOperationException',
    message: expect.stringContaining('GET /clusters/a/updates/b'),
  });
});

it('reports an answer that the service model forbids as a bug of the lab', async () => {
  lab.eks.putCluster(accountId, region, { name: 'a', version: 1 as never });

  expect(await failure(eks().send(new DescribeClusterCommand({ name: 'a' })))).toMatchObject({
    name: 'LabBug',
    status: 500,
    message: expect.stringContaining("'cluster.version' failed to satisfy constraint: Member must be a string"),
  });
});
