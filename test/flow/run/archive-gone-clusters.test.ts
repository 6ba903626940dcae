import { beforeEach, describe, expect, it } from 'vitest';
import { parseClusterArn } from '../../../lambda/core/cluster-arn.ts';
import { violations } from '../../../lambda/core/findings/asff/limits.ts';
import { emptyMemory } from '../../../lambda/core/findings/lifecycle/memory.ts';
import { publishFindings } from '../../../lambda/flow/audit/publish-findings.ts';
import { archiveGoneClusters } from '../../../lambda/flow/run/archive-gone-clusters.ts';
import { arn, auditOf, clientCa, failed, judged, node } from '../../core/findings/compliant-audit.ts';
import { FakeClock, FakeFindings, FakeMemory } from '../../fakes/ports.ts';

const green = parseClusterArn(arn.arn.replace('blue', 'green'))!;
const { partition, region, accountId } = arn;
const place = { partition, region, accountId };

let ports: { clock: FakeClock; findings: FakeFindings };
beforeEach(async () => {
  ports = { clock: new FakeClock(), findings: new FakeFindings() };
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

const archive = (clusterArns: readonly string[], runStartedAt?: Date) =>
  archiveGoneClusters(ports, { place, clusterArns, ...(runStartedAt && { runStartedAt }) });
const states = () =>
  [...ports.findings.findings.values()].map(({ Resources, RecordState }) => [Resources[0]?.Id, RecordState]);

describe('archiveGoneClusters', () => {
  it('archives the findings of a cluster that is gone, and announces the end of its failures', async () => {
    const { published, problems } = await archive([arn.arn]);

    expect(problems).toEqual([]);
    expect(published).toMatchObject({
      imported: 1,
      archived: 1,
      transitions: [
        {
          kind: 'resolved',
          status: 'ARCHIVED',
          before: 'FAILED',
          cluster: { name: 'green' },
          subject: 'node group workers (managed)',
        },
      ],
    });
    expect(states()).toEqual([
      [arn.arn, 'ACTIVE'],
      [green.arn, 'ARCHIVED'],
    ]);
    expect([...ports.findings.findings.values()].flatMap(violations)).toEqual([]);
  });

  it('leaves everything alone when every cluster is there, and what is archived already', async () => {
    expect((await archive([arn.arn, green.arn])).published).toMatchObject({ imported: 0 });
    await archive([arn.arn]);
    ports.clock.pass(86_400_000);
    expect((await archive([arn.arn])).published).toMatchObject({ imported: 0, archived: 0, transitions: [] });
    expect(ports.findings.writes).toEqual([1, 1, 1]);
  });

  it('announces the same once more when the same run does it again', async () => {
    const startedAt = ports.clock.now();
    const first = await archive([arn.arn], startedAt);
    const again = await archive([arn.arn], startedAt);
    expect(again.published).toMatchObject({ imported: 0, transitions: first.published?.transitions });
  });

  it('announces no end a second time when an older run, whose events got lost, is done again', async () => {
    const memory = new FakeMemory();
    await memory.write(place, 'green', emptyMemory(ports.clock.now()));
    const told = async (days: number, slice: Parameters<typeof archiveGoneClusters>[0] = { ...ports, memory }) => {
      const runStartedAt = new Date(ports.clock.now().getTime() + days * 86_400_000);
      const { published } = await archiveGoneClusters(slice, { place, clusterArns: [arn.arn], runStartedAt });
      return published?.transitions.length;
    };

    await told(1, ports);
    expect([await told(2), await told(1), await told(3)]).toEqual([1, 0, 0]);
  });

  it('remembers that the cluster is gone, so that one of its name begins anew', async () => {
    const memory = new FakeMemory();
    const unreadable = { status: 'pass', unreadable: { since: '2026-01-01T00:00:00.000Z', runs: 2 } };
    const [, { Id }] = [...ports.findings.findings.values()] as [unknown, { Id: string }];
    await memory.write(place, 'green', { ...emptyMemory(ports.clock.now()), findings: { [Id]: unreadable } });

    await archiveGoneClusters({ ...ports, memory }, { place, clusterArns: [arn.arn], runId: 'run' });
    expect(await memory.read(place, 'green')).toEqual({ ...emptyMemory(ports.clock.now()), runId: 'run' });
    expect([...memory.objects.keys()]).toEqual(['111122223333/eu-west-1/green']);
  });

  it.each([
    ['of another account', (id: string) => id.replace('111122223333', '999988887777')],
    ['of another Region', (id: string) => id.replace('eu-west-1', 'eu-west-2')],
    ['whose Id is not ours', (id: string) => id.replace('cluster/green', 'cluster/green/x y')],
  ])('leaves a finding alone %s', async (_, change) => {
    const [, second] = ports.findings.findings.values();
    ports.findings.findings.delete(second!.Id);
    ports.findings.findings.set('other', { ...second!, Id: change(second!.Id) });

    expect((await archive([arn.arn])).published).toMatchObject({ imported: 0 });
    expect(ports.findings.findings.get('other')?.RecordState).toBe('ACTIVE');
  });

  it('archives nothing when Security Hub cannot be read', async () => {
    ports.findings.problem = { code: 'security-hub-off', message: 'off', remedy: 'on' };
    expect(await archive([])).toMatchObject({ problems: [{ code: 'security-hub-off' }] });
    expect(states().map(([, state]) => state)).toEqual(['ACTIVE', 'ACTIVE']);
  });

  it('says so when nothing could be written', async () => {
    const problem = { code: 'throttled', message: 'throttled', remedy: 'run again' };
    ports.findings.writeProblem = problem;
    expect(await archive([])).toEqual({ problems: [problem] });
  });
});
