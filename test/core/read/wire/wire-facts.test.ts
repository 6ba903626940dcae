import { describe, expect, it } from 'vitest';
import type { ServingCertificateFacts } from '../../../../lambda/core/model/node-facts.ts';
import { err, ok } from '../../../../lambda/core/model/result.ts';
import type { HttpAnswer } from '../../../../lambda/core/read/kubelet/configz/api-status.ts';
import { wireFacts } from '../../../../lambda/core/read/wire/wire-facts.ts';
import { recordedAnswer } from '../../../lab/wire/http-answer.ts';
import { soundCertificate as verified } from '../../judge/controls/facts-with.ts';

const proof = { readAt: '2026-11-28T10:00:00.000Z', sha256: 'a'.repeat(64) };
type Shown = Extract<ServingCertificateFacts, { readonly state: 'shown' }>;
const asked = { at: 'port 10250', readOnly: undefined, proof };
const settingsOf = (answer: HttpAnswer) => {
  const read = wireFacts({ ...asked, answer: ok(answer), servingCertificate: verified });
  if (!read.ok) return undefined;
  const known = Object.entries(read.value.settings).filter(([, fact]) => fact.state === 'known');
  return Object.fromEntries(known.map(([path, fact]) => [path, Object(fact).value]));
};

describe('the recorded answers of a kubelet to a client without credentials', () => {
  it.each([
    ['401-no-token', { 'authentication.anonymous.enabled': false }],
    ['403-no-token-anonymous-on', { 'authentication.anonymous.enabled': true, 'authorization.mode': 'Webhook' }],
    // Of a client with a token: it says nothing of anonymous ones.
    ['403-no-right', undefined],
    ['healthz-with-configz-right', undefined],
    ['404-handlers-off', undefined],
  ])('decide: %s', (file, expected) => {
    expect(settingsOf(recordedAnswer(`direct/${file}.http`))).toEqual(expected);
  });

  it('count from a kubelet before 1.33, too, which names another subresource', () => {
    const { status, headers } = recordedAnswer('direct/403-no-token-anonymous-on.http');
    const body = 'Forbidden (user=system:anonymous, verb=get, resource=nodes, subresource=proxy)';
    expect(settingsOf({ status, headers, body })).toMatchObject({ 'authentication.anonymous.enabled': true });
  });
});

describe('an answer that only looks like a kubelet’s', () => {
  const plain = { 'content-type': 'text/plain; charset=utf-8' };
  const alike = { ...plain, 'x-content-type-options': 'nosniff' };
  const forbidden = 'Forbidden (user=system:anonymous, verb=get, resource=nodes, subresource';
  const whole = { 200: ' ok\n', 401: ' Unauthorized\n', 403: forbidden };

  it('decides nothing', () => {
    const decides = (status: number, body: string, type = 'text/plain; charset=utf-8') =>
      settingsOf({ status, headers: { 'content-type': type }, body })?.['authentication.anonymous.enabled'];
    for (const type of ['', 'text/html', 'a/text/plain', 'text/plainer'])
      for (const [status, body] of Object.entries(whole)) expect(decides(Number(status), body, type)).toBeUndefined();
    expect([decides(200, whole[200]), decides(401, whole[401])]).toEqual([true, false]);
    const others = [
      decides(200, 'okay'),
      decides(204, 'ok'),
      decides(401, 'Unauthorized!'),
      decides(403, `x ${forbidden}`),
    ];
    expect([...others, decides(404, forbidden)]).toEqual(Array(5).fill(undefined));
  });

  it('on the read-only port opens nothing', () => {
    const types = [
      { ...alike, server: 'x' },
      plain,
      { ...alike, 'content-type': 'text/plain' },
      { ...alike, 'content-type': '' },
    ];
    const changes = [{}, { status: 201 }, { body: 'OK' }, ...types.map((headers) => ({ headers }))];
    const [first, ...rest] = changes.map((change) => {
      const readOnly = { status: 200, headers: alike, body: 'ok\n', ...change };
      const read = wireFacts({ ...asked, readOnly, answer: err('timed out'), servingCertificate: undefined });
      return read.ok ? [read.value.settings.readOnlyPort, read.value.notes] : read.error.because;
    });
    expect(first).toEqual([{ state: 'known', value: 10255, origin: { from: 'answer' } }, ['timed out']]);
    expect(new Set(rest)).toEqual(new Set(['timed out']));
  });
});

describe('a 401', () => {
  const answer = recordedAnswer('direct/401-no-token.http');

  it.each<[what: string, change: Partial<Shown> | undefined]>([
    ['without a certificate', undefined],
    ['under a certificate that another CA signed', { signedBy: 'another' }],
    ['under that of another node', { namesNode: false }],
    ['under one for clients', { forServers: false }],
    ['under one that expired', { notAfter: '2026-11-28T09:59:59.999Z' }],
    ['under one of the future', { notBefore: '2026-11-28T10:00:00.001Z' }],
  ])('%s passes nothing', (_, change) => {
    const shown = change && ({ ...verified, ...change } as ServingCertificateFacts);
    const read = wireFacts({ ...asked, answer: ok(answer), servingCertificate: shown });
    expect(read).toMatchObject({ ok: false, error: { because: expect.stringContaining('not proven to be this') } });
  });
});

it('is unread where nothing answers, and keeps what the connection showed', () => {
  const answer = err('port 10250: connection refused');
  const read = wireFacts({ ...asked, answer, servingCertificate: verified });
  expect(read).toMatchObject({ ok: false, error: { via: 'wire', kind: 'unreadable', servingCertificate: verified } });
});
