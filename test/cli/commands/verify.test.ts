import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { signedEvidence } from '../../../lambda/cli/signed-evidence.ts';
import { manifestOf } from '../../../lambda/core/model/manifest.ts';
import { emptyTally } from '../../../lambda/core/run/outcome.ts';
import { sealFolder } from '../../../lambda/wiring/files.ts';
import { openSigningKey } from '../../../lambda/wiring/open/signing-key.ts';
import { isInstalled } from '../../infra/documents/is-installed.ts';
import { packedProgram } from '../../made-once.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { runCli } from '../run-cli.ts';
import { commandsWith, envelopeOf, payloadOf, signedBy, withEnvelope } from './signed-bundle.ts';

const home = temporaryFolder();
const evidence = join(home, 'evidence');
const [key, pub] = [join(home, 'key.pem'), join(home, 'pub.pem')];
const inShell = (commands: string, cwd = home) =>
  spawnSync('sh', ['-euc', commands], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${home}:${process.env['PATH']}` },
  });

const manifest = manifestOf({
  caller: { arn: 'arn:aws:sts::111122223333:assumed-role/audit/me' },
  settings: [{ name: 'controls', value: 'all', from: 'default' }],
  sources: ['configz'],
  controls: { lookedAt: ['kubelet-client-ca-file'], leftOut: [] },
  startedAt: '2026-11-24T10:00:00.000Z',
  finishedAt: '2026-11-24T10:05:00.000Z',
});

async function seal(folder: string, keyFile = key, change = {}): Promise<void> {
  const signingKey = await openSigningKey(keyFile, { stdin: process.stdin });
  const tally = { ...emptyTally, clusters: 1, nodes: 2, verdicts: { ...emptyTally.verdicts, pass: 2 } };
  await sealFolder(folder, manifest, (sumsSha256) =>
    signedEvidence({ runId: 'terminal-1', tally, manifest, interrupted: false, sumsSha256, ...change }, signingKey),
  );
}

beforeAll(async () => {
  const made = inShell(commandsWith('ecparam'));
  expect(made.status, made.stderr).toBe(0);
  mkdirSync(join(evidence, 'payments'), { recursive: true });
  writeFileSync(join(evidence, 'payments/i-1.json'), '{"node":1}\n');
  writeFileSync(join(evidence, 'payments/i-2.json'), '{"node":2}\n');
  await seal(evidence);
});

const verify = (folder: string, ...more: readonly string[]) => runCli(['verify', folder, '--key', pub, ...more]);
let copies = 0;
function copyOf(folder = evidence): string {
  copies += 1;
  const copy = join(home, `copy-${copies}`);
  cpSync(folder, copy, { recursive: true });
  return copy;
}

const statementOf = (folder: string): string => join(folder, 'statement.sigstore.json');
const bundleOf = (folder: string): string => readFileSync(statementOf(folder), 'utf8');
/** Another statement in its place. */
const rewritten = (made: (bundle: string) => string) => (folder: string) =>
  writeFileSync(statementOf(folder), made(bundleOf(folder)));
/** Another payload, signed by the right key all the same. */
const signedAnew = (change: (payload: string) => string, payloadType?: string) =>
  rewritten((bundle) =>
    signedBy(readFileSync(key, 'utf8'), bundle, {
      payload: change(payloadOf(bundle)),
      ...(payloadType && { payloadType }),
    }),
  );
const twice = (bundle: string) => [1, 2].flatMap(() => envelopeOf(bundle).signatures);

describe('verify', () => {
  it('reports an unchanged folder as intact, and prints its statement', async () => {
    const { code, stdout } = await verify(evidence);
    expect(stdout).toMatch(/^statement: [0-9a-f]{64}\nrun: terminal-1, /);
    expect(stdout).toContain('by: arn:aws:sts::111122223333:assumed-role/audit/me with eks-kubelet-audit ');
    expect(stdout).toContain('result: passed: 1 cluster, 2 nodes; 2 pass; 0 gaps\nintact: 3 files, as signed\n');
    expect(code).toBe(0);
  });

  const tampered: readonly (readonly [what: string, tamper: (folder: string) => unknown, says: string])[] = [
    [
      'one byte more',
      (at) => appendFileSync(join(at, 'payments/i-1.json'), ' '),
      'changed payments/i-1.json has SHA-256',
    ],
    ['a file that is gone', (at) => rmSync(join(at, 'payments/i-2.json')), 'missing payments/i-2.json'],
    ['a file more', (at) => writeFileSync(join(at, 'payments/i-3.json'), '{}'), 'extra payments/i-3.json'],
    [
      'a link where a file was',
      (at) => {
        renameSync(join(at, 'payments/i-1.json'), join(home, `moved-${copies}`));
        symlinkSync(join(home, `moved-${copies}`), join(at, 'payments/i-1.json'));
      },
      'changed payments/i-1.json is a link',
    ],
    [
      'a changed file with its new checksum',
      (at) => {
        writeFileSync(join(at, 'payments/i-1.json'), '{}');
        execFileSync('sh', ['-c', 'sha256sum manifest.json payments/*.json > SHA256SUMS'], { cwd: at });
      },
      'changed SHA256SUMS is not the one that was signed',
    ],
    [
      'checksums that name a file outside',
      (at) => appendFileSync(join(at, 'SHA256SUMS'), `${'0'.repeat(64)}  ../x\n`),
      'changed SHA256SUMS cannot be read: line 4',
    ],
    ['no checksums', (at) => rmSync(join(at, 'SHA256SUMS')), 'missing SHA256SUMS is not here'],
    ['no statement', (at) => rmSync(statementOf(at)), 'unsigned statement.sigstore.json is not here'],
    ['a statement that is no JSON', rewritten(() => '{'), 'is no Sigstore bundle'],
    ['a statement of no form', rewritten(() => '{"mediaType":"x"}'), 'is no Sigstore bundle'],
    [
      'two signatures',
      rewritten((bundle) => withEnvelope(bundle, { signatures: twice(bundle) })),
      'is no Sigstore bundle',
    ],
    [
      'a changed statement',
      rewritten((bundle) => {
        const failed = Buffer.from(payloadOf(bundle).replace('"PASSED"', '"FAILED"'));
        return withEnvelope(bundle, { payload: failed.toString('base64') });
      }),
      'is not signed by this key',
    ],
    [
      'a signature that is none',
      rewritten((bundle) => withEnvelope(bundle, { signatures: [{ sig: 'AAAA' }] })),
      'is not signed by this key',
    ],
    [
      'a predicate of another type',
      signedAnew((payload) => payload.replace('test-result/v0.1', 'other/v1')),
      'holds no statement about a run: its predicateType',
    ],
    ['another payload of the same key', signedAnew((payload) => payload, 'text/plain'), "holds 'text/plain'"],
    [
      'a statement about something else',
      signedAnew((payload) => payload.replace('"SHA256SUMS"', '"other"')),
      'unsigned the statement is not about SHA256SUMS',
    ],
  ];

  it.each(tampered)('ends with 1 and names %s', async (_, tamper, says) => {
    const folder = copyOf();
    tamper(folder);
    const { code, stdout } = await verify(folder);
    const line =
      says.startsWith('is ') || says.startsWith('holds ') ? `unsigned statement.sigstore.json ${says}` : says;
    expect(`\n${stdout.replaceAll(/ +/g, ' ')}`).toContain(`\n${line}`);
    expect(stdout).toMatch(/^not intact: /m);
    expect(code).toBe(1);
  });

  it('ends with 1 for a folder that another key signed', async () => {
    const folder = copyOf();
    const other = join(home, 'other.pem');
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    writeFileSync(other, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await seal(folder, other);
    const { code, stdout } = await verify(folder);
    expect(stdout).toMatch(/^unsigned {2}statement\.sigstore\.json is not signed by this key/m);
    expect(code).toBe(1);
  });

  it('takes an older folder of the same key only where --head does not name another statement', async () => {
    const folder = copyOf();
    const sha256 = createHash('sha256')
      .update(payloadOf(bundleOf(folder)))
      .digest('hex');
    expect((await verify(folder, '--head', sha256)).code).toBe(0);
    const { code, stdout } = await verify(folder, '--head', '0'.repeat(64));
    expect(stdout).toContain(`head  the statement's SHA-256 is ${sha256}`);
    expect(code).toBe(1);
    expect((await verify(folder, '--head', 'A')).code).toBe(64);
  });

  it('ends with 3 where it could not check: no folder, no key, a key of another kind', async () => {
    const rsa = join(home, 'rsa.pem');
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
    writeFileSync(rsa, pair.publicKey.export({ type: 'spki', format: 'pem' }));
    const text = join(home, 'text.pem');
    writeFileSync(text, 'secret words');
    for (const args of [
      [join(home, 'nowhere'), '--key', pub],
      [evidence, '--key', join(home, 'nowhere.pem')],
      [evidence, '--key', rsa],
      [evidence, '--key', text],
    ]) {
      const { code, stderr, stdout } = await runCli(['verify', ...args]);
      expect(stderr).toMatch(/^error: '?.+; (give|make)/);
      expect(stderr + stdout).not.toContain('secret words');
      expect(code).toBe(3);
    }
  });

  it('says the same as JSON', async () => {
    const folder = copyOf();
    writeFileSync(join(folder, 'more.json'), '{}');
    const { code, stdout } = await verify(folder, '-f', 'json');
    expect(JSON.parse(stdout)).toMatchObject({
      faults: [{ kind: 'extra' }],
      intact: 3,
      signed: { statement: { predicate: { result: 'PASSED', run: { nodes: 2 } } } },
    });
    expect(code).toBe(1);
  });
});

describe('the statement', () => {
  it('never says that an interrupted audit passed', async () => {
    const folder = copyOf();
    await seal(folder, key, { interrupted: true });
    expect(JSON.parse(payloadOf(bundleOf(folder))).predicate).toMatchObject({
      result: 'WARNED',
      run: { gaps: { count: 1, codes: ['interrupted'] } },
    });
  });

  it('goes when the folder is sealed anew without a key', async () => {
    const folder = copyOf();
    await sealFolder(folder, manifest);
    expect((await verify(folder)).stdout).toContain('statement.sigstore.json is not here');
    expect(readFileSync(join(folder, 'SHA256SUMS'), 'utf8')).not.toContain('sigstore');
  });

  it('does not name a key in its envelope, and does not hold a part of the private key', () => {
    const text = readFileSync(statementOf(evidence), 'utf8');
    expect(envelopeOf(bundleOf(evidence)).signatures[0]?.keyid ?? '').toBe('');
    const secret = execFileSync('openssl', ['ec', '-in', key, '-noout', '-text'], { encoding: 'utf8', stdio: 'pipe' });
    const [, hex = ''] = /priv:\s*([0-9a-f:\s]+)pub:/.exec(secret) ?? [];
    expect(hex.replace(/[^0-9a-f]/g, '').length).toBeGreaterThanOrEqual(60);
    expect(text).not.toContain(hex.replace(/[^0-9a-f]/g, ''));
    expect(text).not.toContain(readFileSync(key, 'utf8').split('\n')[1]);
  });
});

describe('the commands of docs/evidence.md', () => {
  const program = async () => {
    const file = await packedProgram();
    writeFileSync(join(home, 'eks-kubelet-audit'), `#!/bin/sh\nexec "${process.execPath}" "${file}" "$@"\n`, {
      mode: 0o755,
    });
  };

  it('are verified by the program too', async () => {
    await program();
    const { status, stdout, stderr } = inShell(commandsWith('eks-kubelet-audit verify'));
    expect(status, stderr).toBe(0);
    expect(stdout).toContain('intact: 3 files');
  });

  const tools = [
    ['openssl', 'openssl dgst'],
    ['cosign', 'cosign verify-blob-attestation'],
  ] as const;
  // A skipped test is counted, and fails under CI: .ci/run installs both.
  for (const [tool, command] of tools) {
    it.skipIf(!isInstalled(tool))(`agree with verify by ${tool}`, () => {
      const sound = inShell(commandsWith(command));
      expect(sound.status, sound.stderr).toBe(0);

      const forged = copyOf();
      const place = join(home, `forged-${tool}`);
      mkdirSync(place);
      renameSync(forged, join(place, 'evidence'));
      copyFileSync(pub, join(place, 'pub.pem'));
      appendFileSync(join(place, 'evidence/SHA256SUMS'), `${'0'.repeat(64)}  payments/i-9.json\n`);
      expect(inShell(commandsWith(command), place).status).not.toBe(0);
    });
  }
});
