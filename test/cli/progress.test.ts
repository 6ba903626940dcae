import { spawnSync } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { terminalProgress } from '../../lambda/cli/progress.ts';
import { ok } from '../../lambda/core/model/result.ts';
import { auditOf, failed, judged, node, passed } from '../core/findings/compliant-audit.ts';
import { cluster, factsOf, failure } from '../fakes/ports.ts';

/** A terminal that keeps what is drawn on it. */
function screen(change: object = {}) {
  const stderr = new PassThrough();
  let drawn = '';
  stderr.on('data', (chunk: Buffer) => {
    drawn += chunk.toString();
  });
  const terminal = { isTTY: true, columns: 200, cursorTo: () => true, moveCursor: () => true, clearLine: () => true };
  return {
    stderr: Object.assign(stderr, terminal, change),
    drawn: () => stripVTControlCharacters(drawn),
    raw: () => drawn,
  };
}

/** On such a screen, by a clock that is moved by hand. */
function begun(controls?: Parameters<typeof terminalProgress>[1]) {
  vi.useFakeTimers();
  const { stderr, drawn } = screen();
  const aSecondLater = async () => {
    await vi.advanceTimersByTimeAsync(1_100);
    return drawn();
  };
  return { progress: terminalProgress({ stderr, env: {} }, controls), drawn, aSecondLater };
}

const account = { id: '111122223333', partition: 'aws' };

afterEach(() => vi.useRealTimers());

describe('the live line', () => {
  it('counts clusters, nodes and failures, but those that are waived', async () => {
    const { progress, aSecondLater } = begun();
    progress.clusterStarted(cluster);
    progress.nodesListed(cluster, 3);
    progress.nodeRead(cluster, { node: node(1), result: ok(factsOf('configz')) });
    progress.nodeRead(cluster, { node: node(2), result: failure('unreadable', 'no answer') });
    const waived = { ...failed, waived: { until: '2026-12-31', by: 'o', reason: 'r' } };
    progress.clusterFinished(auditOf([judged(node(1), failed), judged(node(2), passed), judged(node(3), waived)]));
    progress.clusterStarted(cluster);
    expect(await aSecondLater()).toContain('clusters 1 of 2, 1 of 3 nodes read, 1 node fails, 0:01');
    progress.stop();
  });

  it('counts a failing node when it is read, before its cluster is done', async () => {
    const { progress, aSecondLater } = begun([{ slug: 'x', judge: () => failed }]);
    progress.clusterStarted(cluster);
    progress.nodesListed(cluster, 2);
    for (const each of [node(1), node(1), node(2)])
      progress.nodeRead(cluster, { node: each, result: ok(factsOf('configz')) });
    expect(await aSecondLater()).toContain('2 nodes fail, 0:01');
    progress.stop();
  });

  it('counts accounts and the clusters that were found, where many accounts are audited', async () => {
    const { progress, aSecondLater } = begun();
    progress.accountListed(account);
    progress.accountListed({ ...account, id: '444455556666' });
    progress.accountFinished(account);
    expect(await aSecondLater()).toMatch(/^(?!.*clusters).*1 of 2 accounts listed, 0:01/s);

    progress.clustersFound(40);
    progress.clusterStarted(cluster);
    progress.clusterFinished(auditOf([judged(node(1), failed)]));
    expect(await aSecondLater()).toMatch(/ 2 accounts, clusters 1 of 40, 0 of 0 nodes read, 1 node fails, 0:02/);
    progress.stop();
  });

  it.each([
    [{ NO_COLOR: '1' }, false],
    [{ NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    [{ TERM: 'xterm' }, true],
  ])('is coloured only for a terminal that wants it: %o', (env, coloured) => {
    // What colours, decides once a process whether it does.
    const program = `
      import { terminalProgress } from './lambda/cli/progress.ts';
      Object.assign(process.stderr, { isTTY: true, columns: 200, cursorTo() {}, moveCursor() {}, clearLine() {} });
      const progress = terminalProgress({ stderr: process.stderr, env: ${JSON.stringify(env)} });
      progress.clusterStarted({ name: 'blue' });
      progress.stop();`;
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      env: { FORCE_COLOR: '1' },
      encoding: 'utf8',
    });
    expect(stderr).toContain('clusters 0 of 1');
    expect(stderr.includes('\u001b[36m')).toBe(coloured);
  });

  it('counts seconds while it waits', async () => {
    const { progress, drawn } = begun();
    progress.clusterStarted(cluster);
    await vi.advanceTimersByTimeAsync(65_000);
    progress.stop();

    expect(drawn()).toMatch(/, 0:09.*, 0:59.*, 1:04/);
  });

  it.each([
    ['without a terminal', { isTTY: false }, {}],
    ['on a terminal without a width', { columns: 0 }, {}],
    ['in a build', {}, { CI: 'true' }],
  ])('is silent %s', (_where, change, env) => {
    const { stderr, drawn } = screen(change);
    const progress = terminalProgress({ stderr, env });
    progress.accountListed(account);
    progress.clusterStarted(cluster);
    progress.stop();

    expect(drawn()).toBe('');
  });

  it('gives way to a line for each step with -v, on a terminal or not', () => {
    const { stderr, drawn } = screen({ isTTY: false });
    const progress = terminalProgress({ stderr, env: { EKS_KUBELET_AUDIT_DEBUG: '1', CI: 'true' } });
    progress.clustersFound(1);
    progress.clusterStarted(cluster);
    progress.nodesListed(cluster, 2);
    progress.nodeRead(cluster, { node: node(1), result: ok(factsOf('configz')) });
    progress.nodeRead(cluster, { node: node(2), result: failure('unreadable', 'no answer') });
    progress.clusterFinished(auditOf([judged(node(1), failed)]));
    progress.stop();

    expect(drawn().replace(/-?\d+\.\d s/, 'N s')).toBe(
      [
        'info: 1 cluster found',
        `info: ${cluster.name}: begun`,
        `info: ${cluster.name}: 2 nodes listed`,
        `info: ${cluster.name}: ${node(1).name ?? node(1).key}: read by configz`,
        `info: ${cluster.name}: ${node(2).name ?? node(2).key}: configz: no answer`,
        'info: blue: done in N s, 1 verdict failed',
        '',
      ].join('\n'),
    );
  });
});
