import { type KeyLike, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shellBlocks } from '../../docs/shell-blocks.ts';

interface Envelope {
  payload: string;
  payloadType: string;
  signatures: { sig: string; keyid?: string }[];
}

/** A Sigstore bundle, as a statement is written. */
export const envelopeOf = (bundle: string): Envelope => JSON.parse(bundle).dsseEnvelope;
export const payloadOf = (bundle: string): string => Buffer.from(envelopeOf(bundle).payload, 'base64').toString();

/** The bundle with another envelope. */
export const withEnvelope = (bundle: string, change: Partial<Envelope>): string =>
  JSON.stringify({ ...JSON.parse(bundle), dsseEnvelope: { ...envelopeOf(bundle), ...change } });

/** The bundle with this payload, signed by this key. */
export function signedBy(
  key: KeyLike,
  bundle: string,
  { payload = payloadOf(bundle), payloadType = envelopeOf(bundle).payloadType } = {},
): string {
  const bytes = Buffer.from(payload);
  const pae = Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${bytes.length} `), bytes]);
  const signatures = [{ sig: sign('sha256', pae, key).toString('base64') }];
  return withEnvelope(bundle, { payload: bytes.toString('base64'), payloadType, signatures });
}

const page = shellBlocks(readFileSync(join(import.meta.dirname, '../../../docs/evidence.md'), 'utf8'));

/** The commands of the first block of docs/evidence.md that has this word. */
export function commandsWith(word: string): string {
  const block = page.find(({ commands }) => commands.some((each) => each.includes(word)));
  if (!block) throw new Error(`docs/evidence.md has no block with ${word}`);
  return block.commands.join('\n');
}
