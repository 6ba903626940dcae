import { describe, expect, it } from 'vitest';
import { isOfCluster } from '../../../../lambda/core/judge/control.ts';
import { clientCaFile } from '../../../../lambda/core/judge/controls/client-ca-file.ts';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';
import { evaluate } from '../../../../lambda/core/judge/evaluate.ts';
import type { ReadFailure } from '../../../../lambda/core/model/model.ts';
import { settingPaths } from '../../../../lambda/core/model/settings.ts';
import { handshakeFacts, type ServerIdentity } from '../../../../lambda/core/read/tls/handshake-facts.ts';
import { clusterNode } from '../../../fakes/ports.ts';
import { soundCertificate as servingCertificate } from '../../judge/controls/facts-with.ts';

const proof = { readAt: '2026-11-25T00:00:00.000Z', sha256: 'a'.repeat(64) };
const itself: ServerIdentity = { is: 'this-node' };
const unproven: ServerIdentity = { is: 'unproven', because: 'its certificate is not signed', looksLikeKubelet: true };
const another: ServerIdentity = { is: 'another-node', because: 'its certificate is that of CN=system:node:b' };
const facts = (identity: ServerIdentity, asksForCertificate = false) =>
  handshakeFacts({ at: 'port 10250', identity, proof, asksForCertificate });
const known = (read: ReturnType<typeof facts>) => {
  if (!read.ok) throw new Error(read.error.because);
  return read.value;
};
const refused: ReadFailure = { via: 'configz', kind: 'kubelet-refused', because: 'it answered 401' };
const verdict = (read: ReturnType<typeof facts>) =>
  evaluate(clientCaFile, read.ok ? { facts: read.value, failures: [refused] } : { failures: [refused, read.error] });

describe('a handshake', () => {
  const evidence = { value: '(not set)', origin: { from: 'handshake' }, via: 'tls', notes: [] };
  const asks = { value: '(set; the handshake does not show its path)', origin: { from: 'handshake' } };
  const says = (words: string) => expect.stringContaining(words);
  const noKubelet: ServerIdentity = { ...unproven, looksLikeKubelet: false };
  const notProven = says('not proven to be this node: its certificate is not signed');
  const unlike = says('does not look like a kubelet: its certificate is not signed');
  const inDoubt = { notes: [says('is not proven: its certificate is not signed')] };
  it.each<[string, ServerIdentity, boolean, object]>([
    ['without a request makes a refused kubelet a failure', itself, false, { status: 'fail', evidence }],
    ['without a request fails without proof, and says so', unproven, false, { status: 'fail', evidence: inDoubt }],
    ['says nothing of what does not look like a kubelet', noKubelet, false, { status: 'warn', because: unlike }],
    ['with a request passes when the node itself asked', itself, true, { status: 'pass', evidence: asks }],
    ['with a request warns where it is not proven', unproven, true, { status: 'warn', because: notProven }],
    ['of another node says nothing about this one', another, false, { status: 'warn' }],
    ['of another node that asks says nothing either', another, true, { status: 'warn' }],
  ])('%s', (_, identity, asked, expected) => {
    expect(verdict(facts(identity, asked))).toMatchObject(expected);
  });

  it('leaves every other control of a kubelet that AWS runs not applicable', () => {
    const node = clusterNode('f', { kind: 'fargate', group: { kind: 'fargate', name: 'fargate' } });
    const statuses = controls.map((control) => {
      const { status } = evaluate(control, { node, facts: known(facts(itself, true)), failures: [] });
      return control === clientCaFile ? `client CA: ${status}` : status;
    });
    expect(new Set(statuses)).toEqual(new Set(['client CA: pass', 'not-applicable']));
  });

  it('answers no other setting and no other control', () => {
    const read = known(facts(itself, true));
    const paths = settingPaths.filter((path) => read.settings[path].state === 'known');
    expect(paths).toEqual(['authentication.x509.clientCAFile']);
    for (const control of controls.filter((each) => each !== clientCaFile && !isOfCluster(each)))
      expect(['unknown', 'warn']).toContain(evaluate(control, { facts: read, failures: [] }).status);
  });

  const notThis = 'asks for a client certificate, but is not proven to be this node: its certificate is not signed';
  it.each([
    [facts(another), 'another node answered at port 10250: its certificate is that of CN=system:node:b'],
    [facts(unproven, true), `who answered at port 10250 ${notThis}`],
  ])('says who answered, and where', (read, because) => {
    expect(read).toStrictEqual({ ok: false, error: { via: 'tls', kind: 'unreadable', because } });
  });

  it('comes with the proof of it, and says nothing of other settings', () => {
    const { notes, proof: kept, settings } = known(facts(unproven));
    expect(settings).toMatchObject({
      'authentication.x509.clientCAFile': { state: 'known', value: '', origin: { from: 'handshake' } },
      readOnlyPort: { state: 'unknown', because: 'the TLS handshake says nothing about it' },
    });
    const asksNone =
      'asks for no client certificate; that it is this node is not proven: its certificate is not signed';
    expect(notes).toEqual([`who answered at port 10250 ${asksNone}`]);
    expect(kept).toEqual({ ...proof, keptSha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it.each([itself, another])('shows the serving certificate of who answered: %j', (identity) => {
    const shown = handshakeFacts({ at: 'port 10250', identity, proof, servingCertificate, asksForCertificate: false });
    expect(shown.ok ? shown.value : shown.error).toMatchObject({ via: 'tls', servingCertificate });
  });
});
