import { expect, it } from 'vitest';
import { evidenceIn, reasonIn } from '../../../lambda/core/model/verdict-parts.ts';
import { evidence, failed, passed, unread, warned } from '../findings/compliant-audit.ts';

it('a verdict has what was seen, a reason, or both', () => {
  const both = { ...warned, evidence: evidence('x') };
  const parts = [passed, failed, unread, warned, both].map((each) => [evidenceIn(each)?.value, reasonIn(each)]);
  const [refused, lost] = ['the kubelet refused the API server: 401 Unauthorized', 'connection refused'];
  const seen = [['/etc/kubernetes/pki/ca.crt'], ['(not set)'], [undefined, lost], [undefined, refused], ['x', refused]];
  expect(parts.map((each) => each.filter((part, at) => at === 0 || part !== undefined))).toEqual(seen);
});
