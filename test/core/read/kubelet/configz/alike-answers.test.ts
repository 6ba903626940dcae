import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readAlike, readConfigz } from '../../../../../lambda/core/read/kubelet/configz/configz.ts';
import { recordedAnswer } from '../../../../lab/wire/http-answer.ts';

const { body: recorded } = recordedAnswer('kubelets/al2023-shape/configz-through-api-server.http');
const { kubeletconfig: config } = JSON.parse(recorded);
const answer = (changes: object) => JSON.stringify({ kubeletconfig: { ...config, ...changes } });

/** What a kubelet or an attacker could put in place of the node's own values, before and after they are encoded. */
const changed = fc.oneof(
  fc.string({ unit: 'grapheme' }).map((providerID) => answer({ providerID })),
  fc.tuple(fc.string(), fc.boolean()).map(([address, enabled]) => {
    return answer({ address, authentication: { ...config.authentication, anonymous: { enabled } } });
  }),
  fc
    .constantFrom('', '"', '\\', '\\"', '\n', '","readOnlyPort":10255,"x":"', '","address":"', '\ud800')
    .map((text) => recorded.replace('i-0123456789abcdef0', text)),
  fc
    .tuple(fc.nat(recorded.length), fc.constantFrom('', '"', '{', ',', ' ', '1', '\\'))
    .map(([at, text]) => recorded.slice(0, at) + text + recorded.slice(at + 1)),
  fc.constantFrom('', 'Unauthorized', '{"kubeletconfig":{"authentication":{},"address":"', answer({ readOnlyPort: 1 })),
);

it('reads each answer as it is read alone, whatever came before it', () => {
  fc.assert(
    fc.property(fc.array(changed, { maxLength: 20 }), (bodies) => {
      const read = readAlike();
      for (const body of [recorded, ...bodies]) expect(read(body)).toEqual(readConfigz(body));
    }),
  );
});

it('parses one answer of those that differ in the address and the id of their node', () => {
  const read = readAlike();
  const first = read(recorded);
  expect(read(answer({ address: '10.0.0.1', providerID: 'aws:///eu-central-1b/i-1' }))).toBe(first);
  expect(read(answer({ maxPods: 110 }))).not.toBe(first);
  expect(read(recorded)).toBe(first);
});
