import { beforeEach, describe, expect, it } from 'vitest';
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

const archive = (clusters: readonly string[]) => archiveGoneClusters(ports, { place, clusters, runId: 'run' });

describe('archiveGoneClusters', () => {
  it('announces the end once, by what the hub remembers, though Security Hub holds nothing any more', async () => {
    ports.findings.findings.clear();
    expect((await archive(['blue'])).transitions).toMatchObject([{ kind: 'resolved', cluster: { name: 'green' } }]);
    expect((await archive(['blue'])).transitions).toEqual([]);
  });

  it('announces the end though Security Hub is off, and says that it does not hold it', async () => {
    ports.findings.problem = { code: 'security-hub-off', message: 'off', remedy: 'on' };
    expect((await archive(['blue'])).transitions).toMatchObject([{ kind: 'resolved', securityHub: 'not-read' }]);
  });

  it('announces nothing without a memory, and archives all the same', async () => {
    const { memory: _, ...terminal } = ports;
    const archived = await archiveGoneClusters(terminal, { place, clusters: ['blue'] });
    expect(archived).toMatchObject({ published: { archived: 1 } });
    expect(archived).not.toHaveProperty('transitions');
  });

  it('remembers that the cluster is gone, so that one of its name begins anew', async () => {
    await archive(['blue']);
    const gone = { version: 2, runId: 'run', gone: true, findings: {} };
    expect((await ports.memory.read(place, 'green')).value).toMatchObject(gone);
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
    expect(rest).toEqual({ gone: ['blue', 'green'], problems: [problem] });
    expect(transitions.map(({ kind, securityHub }) => `${kind} ${securityHub}`)).toEqual([
      'resolved not-taken',
      'resolved not-taken',
    ]);
  });
});
