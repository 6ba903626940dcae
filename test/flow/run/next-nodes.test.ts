import { describe, expect, it } from 'vitest';
import { controls } from '../../../lambda/core/judge/controls/index.ts';
import { readOnlyPort } from '../../../lambda/core/judge/controls/setting-controls.ts';
import { ok } from '../../../lambda/core/model/result.ts';
import type { LaunchedGroup } from '../../../lambda/core/next-node/read/launched/launched-group.ts';
import type { LaunchDirectory } from '../../../lambda/flow/audit/ports.ts';
import { runItem } from '../../../lambda/flow/run/run-item.ts';
import { runSummary } from '../../../lambda/flow/run/run-summary.ts';
import { auditedWith, blue, discovery } from '../../core/run/complete-run.ts';
import { fakeHub } from '../../fakes/hub.ts';
import { FakeOrganization } from '../../fakes/organization.ts';
import { FakeClock, FakeSource, factsOf, listed } from '../../fakes/ports.ts';
import { eksPart, nodeConfig, userDataOf } from '../../lab/estate/node-group-templates.ts';
import { itemOptions } from './item-options.ts';

const secret = 'Tr0ub4dor-and-3-planted';
const userData = (port: number): string =>
  Buffer.from(
    userDataOf([
      { type: 'text/x-shellscript; charset="us-ascii"', body: `#!/bin/bash\nexport PASSWORD=${secret}` },
      eksPart('blue'),
      nodeConfig(`readOnlyPort: ${port}`),
    ]),
  ).toString('base64');

const group = (name: string, given: Partial<LaunchedGroup['sources'][number]>): LaunchedGroup => ({
  group: { kind: 'managed', name },
  sources: [{ name: `launch template lt-${name}, version 1 (default)`, ...given }],
  managed: { amiType: 'AL2023_x86_64_STANDARD', version: '1.34' },
});

/** A hub whose one node passes, over many days; each may find other templates, or does not look at them. */
function hub() {
  const said: string[] = [];
  const organization = new FakeOrganization().add(blue.accountId, { 'eu-west-1': ['blue'] });
  const log = (...words: readonly unknown[]) => void said.push(JSON.stringify(words));
  const ports = {
    ...fakeHub(organization, {
      nodes: ok([listed('a')]),
      sources: [new FakeSource('configz', { a: ok(factsOf('configz')) })],
      clock: new FakeClock(),
    }),
    log: { debug: log, info: log, warn: log, error: log },
  };
  let day = 0;
  const run = async (groups: readonly LaunchedGroup[] | undefined) => {
    day += 1;
    const startedAt = new Date(Date.parse(discovery.startedAt) + day * 86_400_000);
    const runId = `run-${day}`;
    const launchDirectory: LaunchDirectory = {
      groups: async () => ({ groups: groups ?? [], complete: true, problems: [] }),
    };
    await ports.runs.putDiscovery({ ...discovery, runId, startedAt: startedAt.toISOString(), items: [blue] });
    const options = { ...itemOptions, controls: [readOnlyPort], runStartedAt: startedAt };
    const { answer } = await runItem(
      { ...ports, ...(groups && { launchDirectories: [launchDirectory] }) },
      { runId, item: blue },
      options,
    );
    const request = { runId, benchmark: 'cis-eks-1.8.0', controls, partition: 'aws', auditedWith };
    const summary = await runSummary(ports, request);
    return { answer, summary };
  };
  const active = () =>
    [...ports.findings.findings.values()].flatMap(({ Id, RecordState }) =>
      RecordState === 'ACTIVE' && Id.includes('/next-node/') ? [Id.split('/').at(-1)] : [],
    );
  return { ports, said, run, active };
}

describe('next nodes in the runs of a deployment', () => {
  it('count and name what is unknown in answer and summary, which is neither a finding nor a gap', async () => {
    const { run, active } = hub();
    const unknown = group('custom', { unreadable: 'there is no such template' });
    const { answer, summary } = await run([unknown, group('workers', { userData: userData(10_255) })]);
    expect(answer.nextNodes).toMatchObject({ groups: 2, failing: 1, unknown: 1 });
    expect(answer.nextNodes?.named[0]).toMatch(/^custom \(managed\): .*there is no such template/);
    expect(summary).toMatchObject({ complete: true, gaps: [], nextNodes: [{ cluster: 'blue', unknown: 1 }] });
    expect(answer.open?.groups.map((each) => each.group)).toEqual(['next node of workers (managed)']);
    expect(active()).toEqual(['workers']);
  });

  it('leave nothing of user data in an object of the bucket, a finding, an event or a line of the log', async () => {
    const { ports, said, run } = hub();
    await run([group('workers', { userData: userData(10_255) })]);
    await run(undefined);
    const kept = [
      ...ports.runs.objects.values(),
      ...said,
      JSON.stringify([...ports.findings.findings, ports.events.events, [...ports.memory.objects]]),
    ];
    const alignments = [0, 1, 2].map((skip) =>
      Buffer.from(`${'x'.repeat(skip)}${secret}`)
        .toString('base64')
        .slice(skip === 0 ? 0 : 4, -4),
    );
    for (const needle of [secret, encodeURIComponent(secret), ...alignments])
      for (const text of kept) expect(text.includes(needle), needle).toBe(false);
    expect(kept.join('')).toContain('lt-workers');
  });
});
