import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { askingRunbook } from '../../../infra/documents/remediation/remediate-automation.ts';
import { ssmClient } from '../../../lambda/adapters/ssm/client.ts';
import { contentHash, pinnedDocument } from '../../../lambda/adapters/ssm/pinned-document.ts';
import { probeContents } from '../../../lambda/contract/document-contents.ts';
import { withDocumentHashes } from '../../docs/document-hashes.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';

const accountId = '111122223333';
const region = 'eu-west-1';

/** A document that says something; the same one whatever the words. */
const saying = (words: string) => ({
  schemaVersion: '2.2',
  mainSteps: [{ action: 'aws:runShellScript', name: 'x', inputs: { timeoutSeconds: '30', runCommand: [words] } }],
});
const hashOf = (words: string) => contentHash(JSON.stringify(saying(words)));
const contents = [hashOf('ours'), hashOf('former')];

const lab = await labOfFile(accountId);
let count = 0;

async function find(name: string) {
  const client = ssmClient({ region, credentials: async () => lab.credentials(accountId) });
  return await pinnedDocument(
    { client, clock: new ManualClock(), signal: new AbortController().signal },
    { name, contents },
  );
}

/** A document of its own for each case, with these versions. */
function documentOf(...versions: readonly string[]): string {
  count += 1;
  for (const words of versions) lab.ssm.putDocument(accountId, region, `document-${count}`, saying(words));
  return `document-${count}`;
}

describe('the version of a document that is run', () => {
  it('is the default one, with the hash that SSM reports, when it says what is wanted', async () => {
    const hash = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(await find(documentOf('ours'))).toEqual({ ok: true, value: { version: '1', hash } });
  });

  it('is the one that says it, whichever is the default', async () => {
    expect(await find(documentOf('former', 'ours', 'another'))).toMatchObject({ ok: true, value: { version: '2' } });
  });

  it('is that of the release before where the new one is not there yet', async () => {
    expect(await find(documentOf('another', 'former'))).toMatchObject({ ok: true, value: { version: '2' } });
  });

  it('is none where somebody has changed it, or where it is gone', async () => {
    expect(await find(documentOf())).toEqual({ ok: false, error: { kind: 'missing' } });
    const changed = { ok: false, error: { kind: 'changed', looked: 1 } };
    expect(await find(documentOf('ours, and a line more'))).toEqual(changed);
  });

  it('is looked for in twenty versions and no more', async () => {
    const name = documentOf('ours', ...Array.from({ length: 60 }, (_, version) => `another ${version}`));
    const before = lab.calls.length;
    expect(await find(name)).toEqual({ ok: false, error: { kind: 'changed', looked: 20 } });
    expect(lab.calls.length - before).toBe(41);
  });

  it('is never what cannot be asked', async () => {
    const name = documentOf('ours');
    lab.faults.inject('ssm:GetDocument', { kind: 'access-denied' }, { times: 1 });
    expect(await find(name)).toMatchObject({ ok: false, error: { kind: 'fault', fault: { accessDenied: true } } });
  });
});

it('is known by what it says, not by how it is written', () => {
  expect(contentHash('{"b": [1, {"d": 2, "c": 3}], "a": 1}')).toBe(contentHash('{"a":1,"b":[1,{"c":3,"d":2}]}'));
  expect(contentHash('{"a":1,"b":[{"c":3,"d":2},1]}')).not.toBe(contentHash('{"a":1,"b":[1,{"c":3,"d":2}]}'));
  expect(probeContents).not.toContain(contentHash('no JSON'));
});

const here = { partition: 'aws', accountId, region };

it('counts for the same in every account, and says nothing else there', () => {
  const of = (place: typeof here) => contentHash(JSON.stringify(askingRunbook(place)), place);
  const there = { partition: 'aws-us-gov', accountId: '444455556666', region: 'us-gov-west-1' };
  expect(of(there)).toBe(of(here));
  expect(contentHash(JSON.stringify(askingRunbook(there)), here)).not.toBe(of(here));
  expect(contentHash(JSON.stringify({ role: 'arn:*:iam:role/Other' }), here)).toBe('not JSON');
});

it('counts for the same with numbers and truths as texts, as CloudFormation may hand them on', () => {
  expect(contentHash('{"a":1,"b":[true]}')).toBe(contentHash('{"a":"1","b":["true"]}'));
});

it('is known to the program as the stack deploys it: npm run docs writes the hashes into lambda/contract/document-contents.ts', () => {
  const source = readFileSync(join(import.meta.dirname, '../../../lambda/contract/document-contents.ts'), 'utf8');
  expect(source).toBe(withDocumentHashes(source));
});

it('keeps the hash of the release before when it writes the new one', () => {
  const [former, older] = ['a'.repeat(64), 'b'.repeat(64)];
  const names = ['probeContents', 'remedyContents', 'runbookContents'];
  const source = names.map((name) => `export const ${name}: readonly string[] = ['${former}', '${older}'];\n`).join('');
  const written = withDocumentHashes(source);
  expect(written).not.toContain(former);
  expect(written.split(older)).toHaveLength(names.length + 1);
  expect(written).toContain(`'${probeContents[0]}'`);
  expect(() => withDocumentHashes('')).toThrow('has no probeContents');
});
