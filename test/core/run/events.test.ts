import { describe, expect, it } from 'vitest';
import {
  type AuditCompleted,
  eventTypes,
  type FindingTransition,
  type GapTransition,
} from '../../../lambda/contract/events.ts';
import type { Transition } from '../../../lambda/core/model/model.ts';
import { completedEvent, gapEvent, transitionEvents } from '../../../lambda/core/run/events.ts';
import { summaryOf } from '../../../lambda/flow/run/run-summary.ts';
import { cluster } from '../../fakes/ports.ts';
import { answer, blue, discovery, totalsOf } from './complete-run.ts';

const transition: Transition = {
  kind: 'opened',
  findingId: 'eks-kubelet-audit/www.evil.example',
  cluster: cluster.arn!,
  subject: "node group 'workers' (managed)",
  control: 'kubelet-client-ca-file',
  controlNumber: '3.2.3',
  title: 'The kubelet trusts a client certificate authority',
  before: 'PASSED',
  status: 'FAILED',
  severity: 'HIGH',
  nodes: 2,
  machines: 1,
  because: 'authentication.x509.clientCAFile is not set',
  remedy: 'set it',
  link: 'https://example.com',
  securityHub: 'taken',
  memory: 'kept',
};

const last = { name: '00000012.sigstore.json', sha256: 'a'.repeat(64) };
const about = { runId: 'run', page: 's3://bucket/page.html', last };

describe('transitionEvents', () => {
  it('is what the contract says of a finding that opened', () => {
    const { kind: _, cluster: arn, ...rest } = transition;
    const expected: FindingTransition = {
      version: 1,
      runId: 'run',
      accountId: '111122223333',
      region: 'eu-west-1',
      cluster: 'prod',
      clusterArn: arn.arn,
      ...rest,
      findingShown: 'eks-kubelet-audit/www[.]evil[.]example',
      page: 's3://bucket/page.html',
      head: `12:${'a'.repeat(64)}`,
    };
    for (const kind of ['opened', 'resolved'] as const)
      expect(transitionEvents([{ ...transition, kind }], about)[0]).toEqual({
        type: eventTypes[kind],
        detail: expected,
      });
  });

  it('say in one more event for each cluster what happened there, the worst ten by name', () => {
    const others = Array.from({ length: 300 }, (_, at) => ({
      ...transition,
      findingId: `noise-${at}`,
      severity: 'LOW',
      nodes: 1,
    }));
    const fixed = { ...transition, kind: 'resolved', findingId: 'fixed', nodes: 0 } as const;
    const green = { ...transition, cluster: { ...cluster.arn!, arn: 'arn:green', name: 'green' } };
    const events = transitionEvents([fixed, ...others, transition, green], about);
    const changes = events.filter(({ type }) => type === eventTypes.changed).map(({ detail }) => detail);
    expect(events).toHaveLength(303 + 2);
    expect(changes).toMatchObject([
      {
        ...{ cluster: 'prod', findingId: transition.findingId, headline: 'HIGH', title: transition.title },
        where: "node group 'workers' (managed), nodes: 2",
        counts: { opened: 301, suppressed: 0, resolved: 1, unreadable: 0, withdrawn: 0 },
        changes: expect.stringMatching(
          /^301 opened, 1 resolved: \(2\) LOW, node group 'workers' \(managed\), nodes: 1, 3\.2\.3 kubelet-client-ca-file; .*\(10\) .*; and 292 more, which the page shows$/,
        ),
      },
      { cluster: 'green', changes: '1 opened' },
    ]);
    expect(JSON.stringify(changes[0]).length).toBeLessThan(8_000);
  });

  it('name the machine that AWS confirms before any number of made-up nodes in made-up groups', () => {
    const claims = Array.from({ length: 100 }, (_, at) => ({
      ...transition,
      findingId: `${at}`,
      subject: `node group 'made-up-${at}' (managed)`,
      severity: 'CRITICAL',
      before: 'NONE',
      nodes: 500,
      machines: 0,
    }));
    const real = { ...transition, findingId: 'zzz', severity: 'LOW', before: 'NONE' };
    const [mail] = transitionEvents([...claims, real], about).filter(({ type }) => type === eventTypes.changed);
    expect(mail?.detail).toMatchObject({ findingId: 'zzz' });

    // Which claims are behind it changes with every run.
    const named = ['run-1', 'run-2'].map(
      (runId) => Object(transitionEvents([...claims, real], { ...about, runId }).at(-1)?.detail).changes,
    );
    expect(named[0]).not.toBe(named[1]);
  });

  it.each([
    ['suppressed', 'hidden without a waiver'],
    ['unreadable', 'unreadable'],
    ['withdrawn', 'withdrawn and not known to be fixed'],
    ['resolved', 'resolved'],
  ] as const)('name what was %s behind what was opened', (kind, headline) => {
    const [, , mail] = transitionEvents(
      [
        { ...transition, kind, severity: 'CRITICAL' },
        { ...transition, severity: 'LOW' },
      ],
      about,
    );
    expect(mail?.detail).toMatchObject({
      headline: 'LOW',
      changes: expect.stringContaining(`(2) ${headline}, node group`),
    });
  });
});

describe('gapEvent', () => {
  const gap = {
    accountId: '111122223333',
    region: 'eu-west-1',
    cluster: 'blue',
    nodeGroup: 'managed workers',
    code: 'nodes-unread',
    since: '2026-11-25T05:00:00.000Z',
    because: 'nodes could not be read',
    remedy: 'see why',
  };
  const where = { runId: 'run', summary: 's3://bucket/summary.json', report: 's3://bucket/report.html' };

  it.each([
    ['opened', 'Gap Opened'],
    ['closed', 'Gap Closed'],
  ] as const)('is what the contract says of a gap that %s', (kind, type) => {
    const detail: GapTransition = { version: 1, ...gap, ...where };
    expect(gapEvent({ kind, ...gap }, where)).toStrictEqual({ type, detail });
  });
});

describe('completedEvent', () => {
  it('is what the contract says of a run, in counts', () => {
    const summary = summaryOf(discovery, totalsOf([answer(blue)]), { benchmark: 'cis-eks-1.8.0', newGaps: 2 });
    const where = { summary: 's3://bucket/summary.json', report: 's3://bucket/report.html' };
    const { runId, startedAt, accounts, nodes, states, unreadableNodes, verdicts, complete, newGaps, failedItems } =
      summary;
    const expected: AuditCompleted = {
      ...{
        runId,
        startedAt,
        accounts,
        nodes,
        states,
        unreadableNodes,
        verdicts,
        complete,
        newGaps,
        failedItems,
        ...where,
      },
      version: 1,
      finishedAt: '2026-11-25T05:01:30.000Z',
      clusters: 2,
      gaps: 2,
      statement: '00000013.sigstore.json',
      statementSha256: 'ab'.repeat(32),
      previousStatementSha256: '',
      head: `13:${'ab'.repeat(32)}`,
    };
    const signed = { head: { name: expected.statement, sha256: expected.statementSha256 } };
    expect(completedEvent(summary, { ...where, signed })).toEqual({ type: eventTypes.completed, detail: expected });
    expect(completedEvent(summary, where).detail).toMatchObject({ statement: '', statementSha256: '', head: '' });
  });
});
