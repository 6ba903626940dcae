import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { powertoolsLog, powertoolsMetrics } from '../../lambda/adapters/log.ts';

let written: Record<string, unknown>[];

beforeEach(() => {
  written = [];
  // Powertools writes through consoles of its own, on these streams.
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => written.push(JSON.parse(String(text))) > 0);
  }
});
afterEach(() => void vi.restoreAllMocks());

describe('logs of the function', () => {
  it('are one JSON object a line, with the service and the keys of the invocation', () => {
    powertoolsLog({ requestId: 'request-1' }).warn('node did not pass', { node: 'i-0123' });
    expect(written).toEqual([
      expect.objectContaining({
        level: 'WARN',
        message: 'node did not pass',
        service: 'eks-kubelet-audit',
        requestId: 'request-1',
        node: 'i-0123',
      }),
    ]);
  });

  it('know the levels, and leave debug out unless the settings of the function say otherwise', () => {
    for (const level of ['debug', 'info', 'warn', 'error'] as const) powertoolsLog()[level]('said');
    expect(written.map(({ level }) => level)).toEqual(['INFO', 'WARN', 'ERROR']);
  });

  it('tell an error by its name, code, words and cause, and nothing that a client hung on it', () => {
    const error = Object.assign(new TypeError('refused', { cause: new Error('reset') }), {
      code: 'ECONNRESET',
      headers: { authorization: 'secret' },
    });
    powertoolsLog().error('failed', { error });

    expect(written[0]?.['error']).toMatchObject({
      name: 'TypeError',
      message: 'refused',
      code: 'ECONNRESET',
      cause: { message: 'reset' },
    });
    expect(JSON.stringify(written)).not.toContain('secret');
  });

  it.each([
    ['a cluster token', 'sent k8s-aws-v1.aHR0cHM6Ly9zdHM_-x'],
    ['a bearer token', 'Authorization: Bearer aHR0cHM6Ly9zdHM.x'],
    ['a signature', 'GET https://sts/?Action=GetCallerIdentity&X-Amz-Signature=aHR0cHM6Ly9zdHM'],
    ['a session', 'GET https://sts/?X-Amz-Security-Token=aHR0cHM6Ly9zdHM&X-Amz-Expires=60'],
  ])('never hold %s', (_, text) => {
    powertoolsLog().error(text, { text, nested: { text }, error: new Error(text) });
    expect(JSON.stringify(written)).toContain('[redacted]');
    expect(JSON.stringify(written)).not.toContain('aHR0cHM6Ly9zdHM');
  });

  it('cut what no log line should carry', () => {
    powertoolsLog().info('read', { text: 'x'.repeat(1_000_000) });
    expect(JSON.stringify(written).length).toBeLessThan(10_000);
  });
});

it('writes one line of the embedded metric format: few names, one dimension, the rest beside them', () => {
  const values = { FailedNodes: 3, EstimatedCost: 1.25 };
  powertoolsMetrics().publish(values, { runId: '20261125T050000Z' });
  const Metrics = Object.keys(values).map((Name) => ({ Name, Unit: 'None' }));
  expect(written).toEqual([
    {
      _aws: expect.objectContaining({
        CloudWatchMetrics: [{ Namespace: 'EksKubeletAudit', Dimensions: [['service']], Metrics }],
      }),
      service: 'eks-kubelet-audit',
      ...values,
      runId: '20261125T050000Z',
    },
  ]);
});
