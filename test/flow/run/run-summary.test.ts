import { describe, expect, it } from 'vitest';
import { type Memory, missingMemory } from '../../../lambda/core/findings/lifecycle/memory.ts';
import { matchedWaivers } from '../../../lambda/core/judge/waivers/waiver-use.ts';
import type { ItemAnswer } from '../../../lambda/core/run/answer.ts';
import { runSummary, summaryOf } from '../../../lambda/flow/run/run-summary.ts';
import { auditOf, clientCa, judged, node, unread } from '../../core/findings/compliant-audit.ts';
import { answer, answers, auditedWith, blue, discovery, problem, totalsOf } from '../../core/run/complete-run.ts';
import { fakeHub } from '../../fakes/hub.ts';
import { FakeOrganization } from '../../fakes/organization.ts';
import { answeredHub, summaryRequest as request } from './item-options.ts';

/** Another run of these answers. */
async function next(
  ports: Awaited<ReturnType<typeof answeredHub>>,
  runId: string,
  [startedAt, given]: readonly [string, typeof answers],
  items = discovery.items,
) {
  await ports.runs.putDiscovery({ ...discovery, items, runId, startedAt: `${startedAt}T05:00:00.000Z` });
  for (const each of given) await ports.runs.putAnswer(runId, each);
  return await runSummary(ports, { ...request, runId });
}

describe('runSummary', () => {
  it('keeps the summary, publishes its numbers, and says that the run is over', async () => {
    const ports = await answeredHub();
    const summary = await runSummary(ports, request);

    expect(summary).toMatchObject({
      schemaVersion: 1,
      runId: discovery.runId,
      startedAt: '2026-11-25T05:00:00.000Z',
      finishedAt: '2026-11-25T05:01:30.000Z',
      accounts: 1,
      regions: 1,
      clusters: { found: 2, audited: 2, gone: 0, failed: 0 },
      nodes: 20,
      complete: true,
      gaps: [],
      failedItems: 0,
    });
    expect(JSON.parse(ports.runs.objects.get(`${discovery.runId}/summary`) ?? '')).toEqual(summary);
    const { runId } = discovery;
    expect(ports.metrics.published).toMatchObject([
      [
        { Clusters: 2, Nodes: 20, Gaps: 0 },
        { runId, benchmark: 'cis-eks-1.8.0' },
      ],
    ]);
    const detail = { runId, summary: `s3://bucket/runs/${runId}/summary.json`, complete: true };
    expect(ports.events.events).toMatchObject([{ type: 'Audit Completed', detail }]);
  });

  it('began and ended at once when nothing was there', () => {
    const empty = { ...discovery, items: [] };
    const summary = summaryOf(empty, totalsOf([], empty), { benchmark: request.benchmark, newGaps: 0 });
    expect(summary).toMatchObject({ finishedAt: discovery.startedAt, complete: true });
  });

  it('counts the waivers of the settings, by what each cluster matched', async () => {
    const waiver = { control: 'a', nodeGroup: '*', reason: 'r', owner: 'o', expires: '2026-12-31' };
    const waivers = ['blue', 'gone'].map((cluster) => ({ ...waiver, cluster }));
    const each = judged(node(1), unread, { ...clientCa, slug: 'a' });
    const waiversMatched = matchedWaivers(auditOf([each]), waivers);
    const ports = await answeredHub([answer(blue, { waiversMatched }), ...answers.slice(1)]);

    const named = [expect.stringContaining('gone')];
    expect(await runSummary(ports, { ...request, waivers })).toMatchObject({
      waivers: { waivers: 2, everyCluster: 0, everyNodeGroup: 2, unmatched: 1, named },
    });
  });

  it('announces a gap in the run in which it appears and in the one in which it is over', async () => {
    const gaps = [{ nodeGroup: 'managed workers', problem: { code: 'nodes-unread', message: 'm', remedy: 'r' } }];
    const withGap = [answer(blue, { unreadableNodes: 1, gaps }), ...answers.slice(1)];
    const ports = await answeredHub(withGap);
    expect(await runSummary(ports, request)).toMatchObject({ newGaps: 1 });
    expect(await runSummary(ports, request)).toMatchObject({ newGaps: 1 });
    expect(await next(ports, 'second', ['2026-11-26', withGap])).toMatchObject({ newGaps: 0, complete: false });
    expect(await next(ports, 'third', ['2026-11-27', answers])).toMatchObject({ newGaps: 0, complete: true });
    expect(ports.events.events.filter(({ type }) => type.startsWith('Gap'))).toMatchObject([
      { type: 'Gap Opened', detail: { runId: discovery.runId, cluster: 'blue', nodeGroup: 'managed workers' } },
      { type: 'Gaps Opened', detail: { runId: discovery.runId, newGaps: 1 } },
      { type: 'Gap Closed', detail: { runId: 'third', since: discovery.startedAt } },
    ]);
  });

  describe('of a cluster that settings leave out now', () => {
    const place = { partition: 'aws', accountId: '222222222222', region: 'eu-west-1' };
    const left = { ...problem, code: 'cluster-excluded' };
    const skipped = [{ accountId: place.accountId, region: place.region, cluster: 'payments', problem: left }];
    const remembered: Memory = {
      ...missingMemory(new Date('2026-11-24T05:00:00Z')),
      runId: 'before',
      findings: {
        'kubelet-client-ca-file/node-group/managed/workers': { status: 'fail', announced: 'opened' },
        'kubelet-anonymous-auth/node-group/managed/workers': { status: 'pass' },
      },
    };
    const withExcluded = async (memory = remembered) => {
      const ports = await answeredHub();
      await ports.memory.write(place, 'payments', memory);
      await ports.runs.putDiscovery({ ...discovery, skipped });
      return ports;
    };

    it('withdraws what was announced, once, and never calls it resolved', async () => {
      const ports = await withExcluded();
      expect(await runSummary(ports, request)).toMatchObject({ complete: true, skipped });
      await runSummary(ports, request);

      const detail = {
        findingId: expect.stringContaining(
          'kubelet-client-ca-file/arn:aws:eks:eu-west-1:222222222222:cluster/payments/',
        ),
        cluster: 'payments',
        subject: "node group 'workers' (managed)",
        before: 'FAILED',
        status: 'FAILED',
        securityHub: 'not-read',
        because: expect.stringContaining('leave out'),
      };
      const announced = ports.events.events.filter(({ type }) => type.startsWith('Finding'));
      expect(announced).toMatchObject([{ type: 'Finding Withdrawn', detail }]);
      expect((await ports.memory.read(place, 'payments')).value?.findings).toEqual({
        'kubelet-client-ca-file/node-group/managed/workers': { status: 'fail' },
        'kubelet-anonymous-auth/node-group/managed/workers': { status: 'pass' },
      });
    });

    it('says it again when the events were not sent, after the summary was kept', async () => {
      const ports = await withExcluded();
      ports.events.broken = true;
      await expect(runSummary(ports, request)).rejects.toThrow('took none of the events');
      expect(ports.runs.objects.has(`${discovery.runId}/summary`)).toBe(true);
      ports.events.broken = false;
      await runSummary(ports, request);
      expect(ports.events.events[0]).toMatchObject({ type: 'Finding Withdrawn' });
    });

    it('leaves alone what a younger run remembers, when an older one is summed up again', async () => {
      const ports = await withExcluded({ ...remembered, startedAt: '2026-11-26T05:00:00.000Z' });
      await runSummary(ports, request);
      expect(ports.events.events).toMatchObject([{ type: 'Audit Completed' }]);
    });
  });

  it('keeps a line a cluster for good, once, and a report for people', async () => {
    const ports = await answeredHub();
    await runSummary(ports, request);
    const key = `history/${discovery.startedAt.slice(0, 10)}/${discovery.runId}`;
    const lines = (ports.runs.objects.get(key) ?? '').trim().split('\n');
    expect(lines.map((each) => JSON.parse(each))).toMatchObject([
      { run: discovery.runId, cluster: 'blue', status: 'done' },
      { run: discovery.runId, cluster: 'green', status: 'done' },
    ]);
    expect(ports.runs.objects.get(`${discovery.runId}/report.html`)).toContain(
      '<h1>All 20 nodes could not be read.</h1>',
    );
    expect(ports.runs.objects.get(`${discovery.runId}/report.md`)).toContain('## EKS kubelet audit');

    await runSummary(ports, request);
    expect(ports.runs.written.filter((each) => each === key)).toHaveLength(1);
  });

  it('keeps a line of each cluster that is gone: one that the run archived, and one that its whole list of the Region no longer has', async () => {
    const ports = await answeredHub();
    await runSummary(ports, request);
    const isKept = ({ item }: ItemAnswer) => !(item.kind === 'cluster' && item.cluster === 'green');
    const region = discovery.items.find(({ kind }) => kind === 'region') ?? expect.fail('no Region');
    const later = [...answers.filter(isKept), answer(region, { goneClusters: ['archived'] })];
    const items = discovery.items.filter((item) => isKept(answer(item)));
    await next(ports, 'later', ['2026-11-26', later], items);
    const linesOf = (name: string) =>
      (ports.runs.objects.get(`history/${name}`) ?? '')
        .trim()
        .split('\n')
        .map((each) => JSON.parse(each))
        .map(({ cluster, status }) => `${cluster} ${status}`);
    expect(linesOf('2026-11-26/later')).toEqual(['archived gone', 'green gone', 'blue done']);

    // The Region of the other cluster is empty by then, and no item.
    const { kind: _, ...place } = { ...region, cluster: undefined };
    const last = { ...discovery, items: [], empty: [place], runId: 'last', startedAt: '2026-11-27T05:00:00.000Z' };
    await ports.runs.putDiscovery(last);
    await runSummary(ports, { ...request, runId: 'last' });
    expect(linesOf('2026-11-27/last')).toEqual(['blue gone']);
  });

  it('keeps how the run was audited, and shows it on the page with the hash of each result', async () => {
    const sha256 = 'ab'.repeat(32);
    const ports = await answeredHub([answer(blue, { resultSha256: sha256 }), ...answers.slice(1)]);
    const { finishedAt } = await runSummary(ports, request);
    expect(JSON.parse(ports.runs.objects.get(`${discovery.runId}/manifest`) ?? '')).toMatchObject({
      ...auditedWith,
      program: { name: 'eks-kubelet-audit' },
      startedAt: discovery.startedAt,
      finishedAt,
    });
    const page = ports.runs.objects.get(`${discovery.runId}/report.html`) ?? '';
    expect(page).toContain(sha256);
    expect(page).toContain('assumed-role/EksKubeletAuditSummarise');
    expect(page).toMatch(/scope<\/th><td[^>]*>node-group<\/td><td[^>]*>environment</);
    expect(page).toContain('it was not bundled from a git checkout');
  });

  it('says in each report what is new since the run before, also when it is summed up again', async () => {
    const ports = await answeredHub();
    const failing = (group: string): Partial<ItemAnswer> => ({
      open: { groups: [{ control: 'kubelet-client-ca-file', group, standing: 'fail', nodes: 2 }], more: 0 },
    });
    const pagesOf = async (runId: string, day: string, given: typeof answers) => {
      await next(ports, runId, [day, given]);
      return ['html', 'md'].map((ending) => ports.runs.objects.get(`${runId}/report.${ending}`) ?? '');
    };
    const first = await pagesOf('first', '2026-11-26', [answer(blue, failing('old (managed)')), ...answers.slice(1)]);
    for (const page of first) expect(page).not.toContain('New since');

    const other = [answer(blue, failing('new (managed)')), ...answers.slice(1)];
    const second = await pagesOf('second', '2026-11-27', other);
    for (const page of second)
      for (const words of ['New since run first', '1 failure began, 1 was fixed.', 'new (managed)'])
        expect(page).toContain(words);
    expect(await pagesOf('second', '2026-11-27', other)).toEqual(second);
    // Done again after a younger one, an old run is compared with nothing younger, and is not the last.
    await pagesOf('first', '2026-11-26', answers);
    expect(await ports.runs.lastRun()).toMatchObject({ runId: 'second', before: { runId: 'first' } });
  });

  it('knows no run that has no discovery', async () => {
    await expect(runSummary(fakeHub(new FakeOrganization()), request)).rejects.toThrow("run '20261125T050000Z' has no");
  });
});
