import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { LabError } from '../../wire/service.ts';

const algorithms: Readonly<Record<string, (body: Buffer) => string>> = {
  ChecksumCRC32: (body) => {
    const value = Buffer.alloc(4);
    value.writeUInt32BE(crc32(body));
    return value.toString('base64');
  },
  ChecksumSHA1: (body) => createHash('sha1').update(body).digest('base64'),
  ChecksumSHA256: (body) => createHash('sha256').update(body).digest('base64'),
};

/** The checksums that a PutObject sent, by the model's members; refused when one does not fit the body. Without any, S3 makes its own, which the lab leaves out. */
export function checksumsOf(body: Buffer, input: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const md5 = input['ContentMD5'];
  if (md5 !== undefined && md5 !== createHash('md5').update(body).digest('base64')) {
    throw new LabError('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }

  const sent = Object.entries(algorithms).flatMap(([member, checksum]) =>
    input[member] === undefined ? [] : [{ member, value: input[member], expected: checksum(body) }],
  );
  for (const { member, value, expected } of sent) {
    if (value === expected) continue;
    throw new LabError(
      'BadDigest',
      `The ${member.slice('Checksum'.length)} you specified did not match the calculated checksum.`,
    );
  }
  return Object.fromEntries(sent.map(({ member, expected }) => [member, expected]));
}
