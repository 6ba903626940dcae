import { afterEach, expect, it, vi } from 'vitest';
import { powertoolsMetrics } from '../../lambda/adapters/metrics.ts';

afterEach(() => void vi.restoreAllMocks());

it('writes one line of the embedded metric format: few names, one dimension, the rest beside them', () => {
  const lines: string[] = [];
  // Powertools writes through a console of its own, on this stream.
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  powertoolsMetrics().publish({ FailedNodes: 3, EstimatedCost: 1.25 }, { runId: '20261125T050000Z' });

  expect(lines).toHaveLength(1);
  const { _aws, ...fields } = JSON.parse(lines[0] ?? '');
  expect(_aws.CloudWatchMetrics).toEqual([
    {
      Namespace: 'EksKubeletAudit',
      Dimensions: [['service']],
      Metrics: [
        { Name: 'FailedNodes', Unit: 'None' },
        { Name: 'EstimatedCost', Unit: 'None' },
      ],
    },
  ]);
  expect(fields).toEqual({
    service: 'eks-kubelet-audit',
    FailedNodes: 3,
    EstimatedCost: 1.25,
    runId: '20261125T050000Z',
  });
});
