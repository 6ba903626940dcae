import { expect, it } from 'vitest';
import { apiStatus, retryAfter } from '../../../../../lambda/core/read/kubelet/configz/api-status.ts';

const statusOf = (body: string) => apiStatus({ status: 500, headers: {}, body });

it.each([
  ['all that is looked at', { kind: 'Status', message: 'm', details: { name: 'n' } }, { message: 'm', name: 'n' }],
  ['no message', { kind: 'Status', details: { name: 'n' } }, { message: '', name: 'n' }],
  ['no details', { kind: 'Status', message: 'm' }, { message: 'm', name: undefined }],
  ['details without a name', { kind: 'Status', details: {} }, { message: '', name: undefined }],
  ['another kind', { kind: 'Pod', message: 'm' }, undefined],
  ['no kind', { message: 'm' }, undefined],
  ['a message that is no text', { kind: 'Status', message: 1 }, undefined],
  ['a name that is no text', { kind: 'Status', details: { name: 1 } }, undefined],
  ['a list', [], undefined],
])('reads a Status with %s', (_, body, status) => {
  expect(statusOf(JSON.stringify(body))).toEqual(status);
});

it('reads no Status in a text that is no JSON, or is longer than 64 KB', () => {
  const sized = (size: number) => '{"kind":"Status"}'.padEnd(size);
  expect(statusOf('Unauthorized')).toBeUndefined();
  expect(statusOf(sized(64 * 1024))).toEqual({ message: '', name: undefined });
  expect(statusOf(sized(64 * 1024 + 1))).toBeUndefined();
});

it.each([
  [1000, [undefined, '', '0', '1', '1000000', 'soon', '2 or 3', 'in 7', '-7']],
  [2000, ['2']],
  [60_000, ['60', '61', '999999']],
])('keeps a retry-after within a minute: %i ms for %j', (after, headers) => {
  for (const header of headers)
    expect(retryAfter({ status: 429, headers: { 'retry-after': header }, body: '' })).toBe(after);
});
