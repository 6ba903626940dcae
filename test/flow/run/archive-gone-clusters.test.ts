import { beforeEach, describe, expect, it } from 'vitest';
import { violations } from '../../../lambda/core/findings/asff/limits.ts';
import { parseClusterArn } from '../../../lambda/core/model/cluster-arn.ts';
import { publishFindings } from '../../../lambda/flow/audit/publish-findings.ts';
import { archiveGoneClusters } from '../../../lambda/flow/run/archive-gone-clusters.ts';
import { arn, auditOf, clientCa, failed, judged, node } from '../../core/findings/compliant-audit.ts';
import { FakeClock, FakeFindings, FakeMemory } from '../../fakes/ports.ts';

const green = parseClusterArn(arn.arn.replace('blue', 'green'))!;
const { partition, region, accountId } = arn;
const place = { partition, region, accountId };

let ports: { clock: FakeClock; findings: FakeFindings; memory: FakeMemory };
beforeEach(async () => {
  ports = { clock: new FakeClock(), findings: new FakeFindings(), memory: new FakeMemory() };
  for (const each of [arn, green]) {
    const audit = auditOf([judged(node(1), failed)]);
    await publishFindings(
      ports,
      { ...audit, cluster: { ...audit.cluster, arn: each, name: each.name } },
      { controls: [clientCa], benchmark: 'cis-eks-1.8.0', scope: 'node-group', publish: true },
    );
  }
  ports.clock.pass(86_400_000);
});

const archive = (clusters: readonly string[], runStartedAt?: Date) =>
  archiveGoneClusters(ports, { place, clusters, ...(runStartedAt && { runStartedAt }) });
const states = () =>
  [...ports.findings.findings.values()].map(({ Resources, RecordState }) => [Resources[0]?.Id, RecordState]);

describe('archiveGoneClusters', () => {
  it('archives the findings of a cluster that is gone, and announces the end of its failures', async () => {
    const { published, transitions, problems } = await archive(['blue']);

    expect(problems).toEqual([]);
    expect(published).toMatchObject({ imported: 1, archived: 1 });
    expect(transitions).toMatchObject([
      {
        kind: 'resolved',
        status: 'ARCHIVED',
        before: 'FAILED',
        cluster: { name: 'green' },
        subject: "node group 'workers' (managed)",
        securityHub: 'taken',
      },
    ]);
    expect(states()).toEqual([
      [arn.arn, 'ACTIVE'],
      [green.arn, 'ARCHIVED'],
    ]);
    expect([...ports.findings.findings.values()].flatMap(violations)).toEqual([]);
  });

  it('leaves everything alone when every cluster is there, and what is archived already', async () => {
    expect((await archive(['blue', 'green'])).published).toMatchObject({ imported: 0 });
    await archive(['blue']);
    ports.clock.pass(86_400_000);
    expect(await archive(['blue'])).toMatchObject({ published: { imported: 0, archived: 0 }, transitions: [] });
    expect(ports.findings.writes).toEqual([1, 1, 1]);
  });

  it('announces the end once, by what the hub remembers, though Security Hub holds nothing any more', async () => {
    ports.findings.findings.clear();
    expect((await archive(['blue'])).transitions).toMatchObject([{ kind: 'resolved', cluster: { name: 'green' } }]);
    expect((await archive(['blue'])).transitions).toEqual([]);
  });

  it('announces the end though Security Hub is off, and says that it does not hold it', async () => {
    ports.findings.problem = { code: 'security-hub-off', message: 'off', remedy: 'on' };
    expect((await archive(['blue'])).transitions).toMatchObject([{ kind: 'resolved', securityHub: 'not-read' }]);
  });

  it('announces nothing where nobody remembers, and archives all the same', async () => {
    const { memory: _, ...terminal } = ports;
    const archived = await archiveGoneClusters(terminal, { place, clusters: ['blue'] });
    expect(archived).toMatchObject({ published: { archived: 1 } });
    expect(archived).not.toHaveProperty('transitions');
  });

  it('remembers that the cluster is gone, so that one of its name begins anew', async () => {
    await archiveGoneClusters(ports, { place, clusters: ['blue'], runId: 'run' });
    expect((await ports.memory.read(place, 'green')).value).toMatchObject({
      version: 2,
      runId: 'run',
      gone: true,
      findings: {},
    });
    expect((await ports.memory.read(place, 'blue')).value).not.toHaveProperty('gone');
  });

  it.each([
    ['of another account', (id: string) => id.replace('111122223333', '999988887777')],
    ['of another Region', (id: string) => id.replace('eu-west-1', 'eu-west-2')],
    ['whose Id is not ours', (id: string) => id.replace('cluster/green', 'cluster/green/x y')],
  ])('leaves a finding alone %s', async (_, change) => {
    const [, second] = ports.findings.findings.values();
    ports.findings.findings.delete(second!.Id);
    ports.findings.findings.set('other', { ...second!, Id: change(second!.Id) });

    expect((await archive(['blue'])).published).toMatchObject({ imported: 0 });
    expect(ports.findings.findings.get('other')?.RecordState).toBe('ACTIVE');
  });

  it('says so when nothing could be written', async () => {
    const problem = { code: 'throttled', message: 'throttled', remedy: 'run again' };
    ports.findings.writeProblem = problem;
    const { transitions = [], ...rest } = await archive([]);
    expect(rest).toEqual({ problems: [problem] });
    expect(transitions.map(({ kind, securityHub }) => `${kind} ${securityHub}`)).toEqual([
      'resolved not-taken',
      'resolved not-taken',
    ]);
  });
});
