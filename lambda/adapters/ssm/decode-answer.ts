import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { probeAnswerMarker } from '../../contract/names.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { probeAnswerLimit } from '../../core/read/kubelet/node/probe-answer.ts';

const answer = /^ (gzip|plain)\r?\n([A-Za-z0-9+/]*={0,2})\r?\nend (\d{1,6}) ([0-9a-f]{64})$/;

/** Why an output is not used, in one sentence. `format`: it is an answer of a document that does not fit this program. */
export interface UnusableAnswer {
  readonly because: string;
  readonly format?: string;
}

const [product = '', ourVersion] = probeAnswerMarker.split('/');
const anyFormat = /^([a-z-]{1,60})\/([1-9]\d{0,3}) /;

/**
 * The body of a probe's answer from a command's output, once its length and SHA-256 agree. An answer that was cut or changed on its way is never
 * taken for a whole one. They are no signature: a node's root can send any answer. A small answer that would unpack to more than its limit is refused.
 */
export function decodeAnswer(output: string): Result<Uint8Array, UnusableAnswer> {
  const [, name, version] = anyFormat.exec(output) ?? [];
  const format = `${name}/${version}`;
  if (name === product && version !== ourVersion)
    return err({ because: `it has the format ${format}, and this program reads ${probeAnswerMarker}`, format });

  const body = unpack(output);
  return body.ok ? body : err({ because: body.error });
}

function unpack(output: string): Result<Uint8Array, string> {
  const [, encoding, payload, length, sum] =
    answer.exec(output.startsWith(probeAnswerMarker) ? output.slice(probeAnswerMarker.length).trimEnd() : '') ?? [];
  if (payload === undefined) return err('it is not the whole answer of our probe');
  if (payload.length !== Number(length) || createHash('sha256').update(payload).digest('hex') !== sum)
    return err('its length or checksum is wrong');

  const packed = Buffer.from(payload, 'base64');
  if (packed.toString('base64') !== payload) return err('it is not base64');
  if (encoding === 'plain') return ok(packed);

  try {
    return ok(gunzipSync(packed, { maxOutputLength: probeAnswerLimit }));
  } catch {
    return err(`it does not unpack, or to more than ${probeAnswerLimit / 1024} KB`);
  }
}
