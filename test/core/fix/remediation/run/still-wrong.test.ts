import { describe, expect, it } from 'vitest';
import { stillWrong } from '../../../../../lambda/core/fix/remediation/run/readiness.ts';
import type { NodeAudit } from '../../../../../lambda/core/model/model.ts';
import { judgedNode, nodeOfKind, running, seen } from '../failing-audit.ts';

const ca = 'kubelet-client-ca-file';
const node = nodeOfKind('al2');
const good = seen('al2');
const origin = { from: 'file', file: '/etc/kubernetes/x' } as const;
const bad = seen('al2', { settings: { 'authentication.x509.clientCAFile': { value: '', origin } } });
type Failure = NodeAudit['failures'][number];
const refused: Failure = { via: 'configz', kind: 'kubelet-refused', because: 'the kubelet answers 401' };
const unreadable: Failure = { via: 'configz', kind: 'unreadable', because: 'the connection was reset' };
const silent: Failure = { via: 'ssm', kind: 'unreadable', because: 'the command timed out' };

const audit = (given: Parameters<typeof judgedNode>[0]): NodeAudit => judgedNode(given, node);
const before = audit({ facts: bad, failures: [refused] });
const wrong = (now: Parameters<typeof judgedNode>[0], { controls = [ca], from = before } = {}) =>
  stillWrong(controls, { before: from, now: audit(now) });

describe('a node that was fixed', () => {
  it('is as planned when it passes and refuses nobody', () => {
    expect(wrong({ facts: good })).toBeUndefined();
    expect(wrong({ facts: good, failures: [unreadable] })).toBeUndefined();
  });

  it('is not when a control that was fixed fails, is unknown, or was not judged', () => {
    expect(wrong({ facts: bad })).toMatch(/^kubelet-client-ca-file does not pass: .+ is .*, expected /);
    const unjudged = 'no-such-control does not pass: it was not evaluated';
    expect(wrong({ facts: good }, { controls: [ca, 'no-such-control'] })).toBe(unjudged);
    const unread = audit({ failures: [silent] });
    const because = `${ca} does not pass: ${Object(unread.verdicts[ca]).because}`;
    expect(stillWrong([ca], { before: unread, now: unread })).toBe(because);
  });

  it('is when another control still fails, which nobody asked to fix', () => {
    const other = seen('al2', { settings: { readOnlyPort: { value: 10_255, origin } } });
    expect(wrong({ facts: other })).toBeUndefined();
  });

  it('is not when a source that read it before cannot read it any more', () => {
    const readByBoth = audit({ facts: bad, otherFacts: [running(bad)] });
    const from = readByBoth;
    const readBy = (via: string) => `it was read by ${via} before its change, and is not any more:`;
    const reset = wrong({ facts: good, failures: [unreadable] }, { from });
    expect(reset).toBe(`${readBy('configz')} the connection was reset`);
    const timedOut = wrong({ facts: running(good), failures: [silent] }, { from });
    expect(timedOut).toBe(`${readBy('ssm')} the command timed out`);
    expect(wrong({ facts: good }, { from })).toBe(`${readBy('configz')} it said nothing`);
    expect(wrong({ facts: good, otherFacts: [running(good)] }, { from })).toBeUndefined();
  });

  it('is not when it refuses the API server after its client CA was set, as it did before', () => {
    expect(wrong({ facts: good, failures: [refused] })).toMatch(/^its kubelet refuses the API server: /);
  });

  it('may refuse the API server still, when something else than its client CA was fixed', () => {
    const controls = ['kubelet-read-only-port'];

    const refusing = { facts: good, failures: [refused] };
    expect(wrong(refusing, { controls })).toBeUndefined();
    const first = wrong(refusing, { controls, from: audit({ facts: bad }) });
    expect(first).toMatch(/^its kubelet refuses the API server: /);
  });
});
