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
    const elsewhere = [decides(404, forbidden), decides(403, 'Unauthorized'), decides(401, forbidden)];
    expect([...others, ...elsewhere]).toEqual(Array(7).fill(undefined));
    const read = wireFacts({
      ...asked,
      answer: ok({ status: 404, headers: {}, body: '' }),
      servingCertificate: verified,
    });
    const because = 'what answered at port 10250 with status 404 is not what a kubelet answers to /healthz';
    expect(read).toMatchObject({ ok: false, error: { because } });
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
    ['under one whose key is not proven', { keyProven: false }],
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

describe('an answer that shows who may ask', () => {
  const answer = ok(recordedAnswer('direct/403-no-token-anonymous-on.http'));
  const silent = 'nothing answers on port 10255, but the read-only port may be another one';
  const other = "what answers on port 10255 is not the kubelet's read-only server";

  it.each([
    [undefined, undefined, silent, ['that this node answered at port 10250 is not proven']],
    [verified, undefined, silent, []],
    [verified, { status: 404, headers: {}, body: '' }, other, []],
  ])('is known with a note, and nothing else is known: %#', (servingCertificate, readOnly, because, notes) => {
    const read = wireFacts({ ...asked, answer, servingCertificate, readOnly });
    if (!read.ok) throw new Error(read.error.because);
    const { settings, ...rest } = read.value;
    const kept = { ...proof, keptSha256: expect.stringMatching(/^[0-9a-f]{64}$/) };
    expect(rest).toStrictEqual({ via: 'wire', notes, proof: kept, ...(servingCertificate && { servingCertificate }) });
    const { 'authentication.anonymous.enabled': _, 'authorization.mode': _mode, readOnlyPort, ...others } = settings;
    expect(readOnlyPort).toEqual({ state: 'unknown', because });
    const reasons = Object.values(others).map((fact) => fact.state === 'unknown' && fact.because);
    expect(new Set(reasons)).toEqual(new Set(['an answer without credentials says nothing about it']));
  });

  it.each(['notBefore', 'notAfter'] as const)('is proven at the very %s of the certificate', (border) => {
    const servingCertificate = { ...verified, [border]: proof.readAt } as ServingCertificateFacts;
    expect(wireFacts({ ...asked, answer, servingCertificate })).toMatchObject({ value: { notes: [] } });
  });
});

it('is unread where nothing answers, and keeps what the connection showed', () => {
  const answer = err('port 10250: connection refused');
  const read = wireFacts({ ...asked, answer, servingCertificate: verified });
  expect(read).toMatchObject({ ok: false, error: { via: 'wire', kind: 'unreadable', servingCertificate: verified } });
});
