import { describe, expect, it } from 'vitest';
import { clientCaFile } from '../../../lambda/core/judge/controls/client-ca-file.ts';
import { OperatorError } from '../../../lambda/core/model/operator-error.ts';
import { err, ok } from '../../../lambda/core/model/result.ts';
import { itemName, type RunItem } from '../../../lambda/core/run/item.ts';
import type { Log } from '../../../lambda/flow/ports.ts';
import { auditItem, auditItems } from '../../../lambda/flow/run/audit-item.ts';
import { blue, green, problem, region } from '../../core/run/complete-run.ts';
import { type FakeHub, fakeHub } from '../../fakes/hub.ts';
import { FakeOrganization } from '../../fakes/organization.ts';
import { FakeClock, FakeSource, factsOf, failure, listed, silentLog } from '../../fakes/ports.ts';
import { noCa, itemOptions as options } from './item-options.ts';

const account = '111122223333';
const instance = {
  id: 'i-0123456789abcdef0',
  state: 'running',
  platform: 'linux',
  group: { kind: 'managed', name: 'workers' },
} as const;

/** One cluster of two nodes, one of which fails. */
const hub = (given: Parameters<typeof fakeHub>[1] = {}): FakeHub =>
  fakeHub(new FakeOrganization().add(account, { 'eu-west-1': ['blue'] }), {
    nodes: ok([listed('a'), listed('b')]),
    sources: [new FakeSource('configz', { a: ok(factsOf('configz')), b: ok(factsOf('configz', noCa)) })],
    ...given,
  });

type Described = Awaited<ReturnType<FakeOrganization['describe']>>;
/** A hub of which EKS says this of its cluster. */
function describedAs(change: (described: Described) => Described): FakeHub {
  const ports = hub();
  const describeIt = ports.organization.describe.bind(ports.organization);
  ports.organization.describe = async (at, name) => change(await describeIt(at, name));
  return ports;
}

describe('auditItem of a cluster', () => {
  it('answers in numbers, with the times of its begin and end, and gives the audit beside', async () => {
    const clock = new FakeClock();
    const source = new FakeSource('configz', ({ name }) => {
      clock.pass(15_000);
      return ok(factsOf('configz', name === 'b' ? noCa : {}));
    });
    const { answer, audit, transitions } = await auditItem(hub({ clock, sources: [source] }), blue, options);

    expect(answer).toMatchObject({
      item: blue,
      status: 'done',
      nodes: 2,
      unreadableNodes: 0,
      complete: true,
      verdicts: { pass: 1, fail: 1 },
      controls: { 'kubelet-client-ca-file': { pass: 1, fail: 1 } },
      findings: { created: 1 },
      problems: [],
    });
    expect(Date.parse(answer.finishedAt) - Date.parse(answer.startedAt)).toBe(30_000);
    expect(audit?.nodes).toHaveLength(2);
    expect(transitions).toMatchObject([{ kind: 'opened', control: 'kubelet-client-ca-file' }]);
  });

  it('is gone when the cluster left after it was found', async () => {
    const ports = hub();
    ports.organization.remove(region, 'blue');
    const { answer, audit } = await auditItem(ports, blue, options);
    expect(answer).toMatchObject({ status: 'gone', nodes: 0, problems: [] });
    expect(audit).toBeUndefined();
  });

  it('has failed when EKS lists a cluster and says of it that it is not there', async () => {
    const ports = hub();
    const unknown = { ...problem, code: 'cluster-not-found' };
    ports.organization.problems.set(`${account}/eu-west-1/blue`, unknown);
    expect((await auditItem(ports, blue, options)).answer).toMatchObject({ status: 'failed', problems: [unknown] });
  });

  it('has failed when it could not be described', async () => {
    const ports = hub();
    ports.organization.problems.set(`${account}/eu-west-1/blue`, problem);
    expect((await auditItem(ports, blue, options)).answer).toMatchObject({ status: 'failed', problems: [problem] });
  });

  it('keeps problems beside the description', async () => {
    const ports = describedAs((described) => [...described, err(problem)]);
    const { answer, audit } = await auditItem(ports, blue, options);
    expect(answer).toMatchObject({ status: 'done', nodes: 2, problems: [problem] });
    expect(audit?.problems).toEqual([problem]);
  });

  it.each([
    ['a defect', new TypeError('boom'), 'unexpected-error', 'the audit of 111122223333/eu-west-1/blue failed: boom'],
    ['an outside failure', new OperatorError('dns', 'no such host'), 'dns', expect.stringContaining('no such host')],
  ])('has failed, and is logged, after %s', async (_, error, code, message) => {
    const logged: unknown[] = [];
    const log: Log = { ...silentLog, error: (_text, fields) => logged.push(fields?.['error']) };
    const ports = hub({ log });
    ports.organization.problems.set(`${account}/eu-west-1/blue`, error);

    expect((await auditItem(ports, blue, options)).answer).toMatchObject({
      status: 'failed',
      problems: [{ code, message }],
    });
    expect(logged).toEqual([error]);
  });

  it('has failed when neither the API server nor AWS listed its nodes: nothing of it was looked at', async () => {
    const { answer, audit } = await auditItem(hub({ nodes: err(problem) }), blue, options);
    expect(answer).toMatchObject({ status: 'failed', complete: false, problems: [problem] });
    expect(audit?.inventory.from).toBe('none');
  });

  it('is done with a cluster that is not active, and says so', async () => {
    const ports = describedAs((described) =>
      described.map((each) => (each.ok ? ok({ ...each.value, status: 'CREATING' }) : each)),
    );
    expect((await auditItem(ports, blue, options)).answer).toMatchObject({
      status: 'done',
      complete: false,
      problems: [{ code: 'cluster-not-active' }],
    });
  });

  it.each(['document-changed', 'document-missing'])(
    'is not complete where nothing could be run on nodes: %s',
    async (code) => {
      const told = { code, message: 'no document', remedy: 'deploy it' };
      const source = new FakeSource('ssm', () => failure('cluster', 'no document', told));
      const { answer } = await auditItem(hub({ nodes: ok([listed('a')]), sources: [source] }), blue, options);
      expect(answer).toMatchObject({ complete: false });
      expect(answer.decisive).toEqual(told);
    },
  );

  it('is not complete where AWS did not say whose machines these are, and names that first', async () => {
    const forbidden = { code: 'ec2-forbidden', message: 'no right', remedy: 'allow it' };
    const { answer } = await auditItem(hub({ nodes: ok([]), instances: err(forbidden) }), blue, options);
    expect(answer).toMatchObject({ status: 'done', complete: false, problems: [forbidden] });
  });

  it('takes no waiver by the name of a group where AWS did not say whose machines these are', async () => {
    const by = { cluster: '*', expires: '2099-12-31', owner: 'x', reason: 'y', control: clientCaFile.slug };
    const verdictOf = async (nodeGroup: string, given: Parameters<typeof hub>[0]) => {
      const { audit } = await auditItem(hub(given), blue, { ...options, waivers: [{ ...by, nodeGroup }] });
      return audit?.nodes.find(({ node }) => node.name === 'b')?.verdicts[clientCaFile.slug];
    };
    const [named, unnamed] = [{ instances: ok([{ ...instance, privateDnsName: 'b' }]) }, { instances: ok([]) }];
    const unknown = { instances: err({ code: 'ec2-forbidden', message: 'no right', remedy: 'allow it' }) };
    expect(await verdictOf('workers', named)).toHaveProperty('waived');
    // AWS knows no machine of it, so only its label names the group.
    for (const given of [unnamed, unknown]) {
      expect(await verdictOf('workers', given)).not.toHaveProperty('waived');
      expect(await verdictOf('*', given)).toHaveProperty('waived');
    }
  });

  it('asks EKS whose Auto Scaling groups are managed only where a tag claims it, and is not complete where EKS did not say', async () => {
    let asked = 0;
    const forbidden = { code: 'node-groups-forbidden', message: 'no right', remedy: 'allow it' };
    const autoScalingGroups = async () => {
      asked += 1;
      return err(forbidden);
    };
    const audited = (kind: 'managed' | 'karpenter') => {
      const instances = ok([{ ...instance, group: { kind, name: 'workers' } }]);
      return auditItem({ ...hub({ nodes: ok([]), instances }), managedGroups: { autoScalingGroups } }, blue, options);
    };

    const { answer, audit } = await audited('managed');
    expect(answer).toMatchObject({ status: 'done', complete: false });
    expect(answer.problems[0]).toEqual(forbidden);
    expect(audit?.inventory.machinesUnknown).toBe(true);
    expect(asked).toBe(1);

    await audited('karpenter');
    expect(asked).toBe(1);
  });

  it('is not complete when only AWS listed its nodes, unless the API server was not to be asked', async () => {
    const ports = hub({ nodes: err(problem), instances: ok([instance]) });
    expect((await auditItem(ports, blue, options)).answer).toMatchObject({
      status: 'done',
      complete: false,
      nodes: 1,
      unreadableNodes: 1,
      problems: [problem],
    });

    const { nodeList: _, ...withoutApiServer } = ports;
    expect((await auditItem(withoutApiServer, blue, options)).answer).toMatchObject({ status: 'done', complete: true });
  });

  it('counts a running machine of the cluster on which SSM finds no kubelet, and names it: it is no node, hence no gap', async () => {
    const noKubelet = err({ via: 'ssm', kind: 'unreadable', because: 'no kubelet', noKubelet: true } as const);
    const ports = hub({
      instances: ok([
        instance,
        ...['a', 'b'].map((name) => ({ ...instance, id: `i-0000000${name}`, privateDnsName: name })),
      ]),
      sources: [
        new FakeSource('configz', { a: ok(factsOf('configz')), b: ok(factsOf('configz')) }),
        new FakeSource('ssm', { [instance.id]: noKubelet }),
      ],
    });
    const { answer, audit } = await auditItem(ports, blue, options);

    expect(answer).toMatchObject({ nodes: 2, unreadableNodes: 0, machinesWithoutKubelet: 1, gaps: [], complete: true });
    const message = expect.stringMatching(new RegExp(`1 running machine with the cluster's tags.*${instance.id}`));
    expect(audit?.notes).toMatchObject([{ code: 'machines-without-kubelet', message }]);
  });
});

describe('auditItem of a cluster of which nothing reached Security Hub', () => {
  const away = { code: 'throttled', message: 'every call was throttled', remedy: 'run it again' };
  const withoutMemory = (given: Parameters<typeof hub>[0] = {}) => {
    const ports = hub(given);
    ports.memory.read = () => Promise.reject(new OperatorError('run-store-unusable', 'memory cannot be read'));
    return ports;
  };

  it.each([
    ['Security Hub cannot be read', away.code],
    ['memory cannot be read', 'run-store-unusable'],
  ])('is not complete, and is named by that: %s', async (_, code) => {
    const ports = (code === away.code ? hub : withoutMemory)({ instances: err(problem) });
    if (code === away.code) ports.findings.problem = away;
    const { answer } = await auditItem(ports, blue, options);

    expect(answer).toMatchObject({ status: 'done', nodes: 2, complete: false });
    expect(answer.decisive?.code).toBe(code);
    expect(answer.problems.map((each) => each.code).toSorted()).toEqual([code, problem.code].toSorted());
  });

  it('is complete when nothing was to be published', async () => {
    const { answer } = await auditItem(withoutMemory(), blue, { ...options, publish: false });
    expect(answer).toMatchObject({ status: 'done', complete: true, problems: [] });
  });

  it('names first why its nodes were not listed, when they were not', async () => {
    const ports = hub({ nodes: err({ ...problem, code: 'api-unreachable' }) });
    ports.findings.problem = away;
    const { answer } = await auditItem(ports, blue, options);
    expect(answer).toMatchObject({ status: 'failed', problems: [{ code: 'api-unreachable' }, { code: away.code }] });
  });
});

describe('auditItem of a Region', () => {
  /** What a run found and published while there were two clusters; then one of them is deleted. */
  async function hubWithGoneCluster(): Promise<FakeHub> {
    const ports = hub();
    ports.organization.estate.get(account)?.get('eu-west-1')?.push('green');
    await auditItem(ports, blue, options);
    await auditItem(ports, green, options);
    ports.organization.remove(region, 'green');
    return ports;
  }
  const statesOf = ({ findings }: FakeHub) =>
    [...findings.findings.values()].map((each) => [each.Resources[0]?.Id.split('/')[1], each.RecordState]).toSorted();

  it('archives the findings of a cluster that is gone, and of no other', async () => {
    const ports = await hubWithGoneCluster();
    const { answer, transitions } = await auditItem(ports, region, options);

    expect(answer).toMatchObject({ status: 'done', nodes: 0, findings: { archived: 1 }, problems: [] });
    expect(transitions).toMatchObject([{ kind: 'resolved', status: 'ARCHIVED' }]);
    expect(statesOf(ports)).toEqual([
      ['blue', 'ACTIVE'],
      ['green', 'ARCHIVED'],
    ]);
  });

  it('archives nothing from a list that it could not get whole', async () => {
    const ports = await hubWithGoneCluster();
    ports.organization.problems.set(`${account}/eu-west-1`, problem);
    expect((await auditItem(ports, region, options)).answer).toMatchObject({ status: 'failed', problems: [problem] });
    expect(statesOf(ports).map(([, state]) => state)).toEqual(['ACTIVE', 'ACTIVE']);
  });

  it('says which findings of gone clusters were refused, and why: no audit names them', async () => {
    const ports = await hubWithGoneCluster();
    ports.findings.refuses = () => true;
    const { answer } = await auditItem(ports, region, options);

    expect(answer).toMatchObject({ status: 'done', findings: { archived: 0, rejected: 1 } });
    expect(answer.problems).toMatchObject([
      {
        code: 'findings-not-taken',
        message: expect.stringMatching(/^1 finding of clusters .* such as \S+\/green\/\S+ \(InvalidInput: refused\)$/),
      },
    ]);
  });

  it.each([
    ['took nothing, and may later', 0, 1, 'failed'],
    ['took some of them', 1, 1, 'done'],
    ['refused them for good', 0, 0, 'done'],
  ] as const)('comes to an end of its own where Security Hub %s', async (_, imported, left, status) => {
    const ports = await hubWithGoneCluster();
    ports.findings.write = async (__, findings) =>
      ok({
        imported,
        rejected: [],
        notSent: findings.slice(0, left).map(({ Id }) => ({ id: Id, because: 'it throttles' })),
      });
    expect((await auditItem(ports, region, options)).answer.status).toBe(status);
  });

  it('is not complete where Security Hub is off, unless no cluster is there of which something is to be published', async () => {
    const ports = hub();
    ports.findings.problem = { code: 'security-hub-off', message: 'not enabled', remedy: 'enable it' };
    const answer = async () => (await auditItem(ports, region, options)).answer;
    expect(await answer()).toMatchObject({ status: 'done', complete: false, problems: [{ code: 'security-hub-off' }] });
    ports.organization.remove(region, 'blue');
    expect(await answer()).toMatchObject({ status: 'done', complete: true, problems: [] });
  });

  it('has failed where Security Hub could not be read', async () => {
    const ports = await hubWithGoneCluster();
    ports.findings.problem = problem;
    expect((await auditItem(ports, region, options)).answer).toMatchObject({
      status: 'failed',
      problems: [{ code: problem.code }],
    });
  });

  it('asks nothing when nothing is published', async () => {
    const ports = hub();
    const { answer } = await auditItem(ports, region, { ...options, publish: false });
    expect(answer).toMatchObject({ status: 'done', complete: true });
    expect([ports.findings.writes, ports.organization.asked]).toEqual([[], []]);
  });
});

const unpublished = { ...options, publish: false };
const names = Array.from({ length: 40 }, (_, index) => `c${index}`);
const items = names.map(
  (cluster): RunItem => ({ kind: 'cluster', partition: 'aws', accountId: '1', region: 'eu-west-1', cluster }),
);
const many = () => fakeHub(new FakeOrganization().add('1', { 'eu-west-1': names }), { nodes: ok([]) });

describe('auditItems', () => {
  it('gives one result an item, in order, although one of them fails', async () => {
    const ports = many();
    ports.organization.problems.set('1/eu-west-1/c1', new TypeError('boom'));
    const results = await Array.fromAsync(auditItems(ports, { items }, unpublished));

    expect(results.map(({ answer }) => itemName(answer.item))).toEqual(items.map(itemName));
    expect(results.map(({ answer }) => answer.status).filter((each) => each !== 'done')).toEqual(['failed']);
  });

  it('audits no more than 8 at once', async () => {
    const ports = many();
    await Array.fromAsync(auditItems(ports, { items }, unpublished));
    expect(ports.organization.mostAtOnce).toBe(8);
  });

  it('runs no further ahead than 16 of the caller that takes the results', async () => {
    const ports = many();
    const results = auditItems(ports, { items }, unpublished)[Symbol.asyncIterator]();
    await results.next();
    for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);

    expect(ports.organization.asked.length).toBeLessThanOrEqual(17);
    await results.return?.();
  });

  it('begins nothing new when it is aborted', async () => {
    const ports = many();
    const abort = new AbortController();
    const done: string[] = [];
    for await (const { answer } of auditItems(ports, { items }, { ...unpublished, signal: abort.signal })) {
      done.push(itemName(answer.item));
      abort.abort();
    }
    expect(done.length).toBeLessThanOrEqual(17);
    expect(done).toEqual(items.slice(0, done.length).map(itemName));
  });
});
