import type { Fault } from '../../../lambda/core/run/signed/check-files.ts';
import type { VerifiedNote } from '../../../lambda/flow/verify/verify-runs.ts';
import { table, withGenerated } from '../../docs/pages.ts';
import {
  at,
  begun,
  censusOf,
  folderOf,
  historyOf,
  idOf,
  lastRun,
  listOf,
  type SignedBucket,
  sweptOf,
} from './signed-bucket.ts';

export interface Way {
  /** As docs/evidence.md lists it. */
  readonly what: string;
  readonly tamper: (bucket: SignedBucket) => unknown;
  /** Flags beside `--since` and `--key`, from the bucket as it was before. */
  readonly flags?: (bucket: SignedBucket) => readonly string[];
  /** The same, of the bucket as it is then. */
  readonly flagsAfter?: (bucket: SignedBucket) => readonly string[];
  readonly since?: string;
  readonly code: 0 | 1 | 2;
  /** How a line of `verify` begins, with one blank for many. */
  readonly says: string;
  /** Whether openssl and cosign, with `sha256sum`, find it: they see one statement and its run at a time. */
  readonly byHand: 'find' | 'pass';
}

const report = `${folderOf('second')}report.md`;
const sums = `${folderOf('second')}SHA256SUMS`;
const summary = `${folderOf('second')}summary.json`;
const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const days = (run: Parameters<typeof begun>[0]): string => begun(run).slice(0, 10);
const keys = ({ all }: SignedBucket, ...names: readonly ('key' | 'newKey')[]): readonly string[] =>
  names.flatMap((name) => ['--key', all.pub(name)]);

function empties(bucket: SignedBucket, file: string): void {
  bucket.put(file, '');
  const name = file.slice(folderOf('second').length).replaceAll('.', '\\.');
  bucket.put(sums, bucket.get(sums).replace(new RegExp(`^\\S+(?=  ${name}$)`, 'm'), empty));
}

/** A statement by a key that nobody trusts, in the next place of the chain. */
const forgesNext = (bucket: SignedBucket, number = 5) =>
  bucket.sign(at(4), at(number), bucket.all.newKey.privateKey, (run) => ({
    ...run,
    number,
    name: at(number).slice(11),
    previous: { name: at(4).slice(11), sha256: bucket.head(4).slice(2) },
  }));

const rotates = (bucket: SignedBucket) => bucket.sumUp('next', { key: bucket.all.newKey, keyBefore: bucket.all.key });

/** Statements 1 to 4 are about the runs old (whose files have expired), first, second and third. */
export const ways: Readonly<Record<string, readonly Way[]>> = {
  forge: [
    {
      what: 'change a file of a run',
      tamper: (b) => b.put(report, ''),
      code: 1,
      says: `changed ${report} has SHA-256 ${empty}`,
      byHand: 'find',
    },
    {
      what: 'change a file and its line in SHA256SUMS',
      tamper: (b) => empties(b, report),
      code: 1,
      says: `changed ${sums} is not the one that was signed`,
      byHand: 'find',
    },
    {
      what: 'change the summary and its line in SHA256SUMS',
      tamper: (b) => empties(b, summary),
      code: 1,
      says: `changed ${summary} is not the one that was signed`,
      byHand: 'find',
    },
    {
      what: 'add a file to a run',
      tamper: (b) => b.put(`${folderOf('second')}results/x.json`, '{}'),
      code: 1,
      says: `extra ${folderOf('second')}results/x.json is in no line`,
      byHand: 'pass',
    },
    {
      what: 'remove a file of a run',
      tamper: (b) => b.remove(report),
      code: 1,
      says: `missing ${report} is in SHA256SUMS, and not here`,
      byHand: 'find',
    },
    {
      what: 'remove SHA256SUMS of a run',
      tamper: (b) => b.remove(sums),
      code: 1,
      says: `missing ${sums} is not here`,
      byHand: 'find',
    },
    {
      what: 'change a statement',
      tamper: (b) => b.put(at(3), b.get(at(3)).replace(/"payload":"(.{400})./, '"payload":"$1A')),
      code: 1,
      says: `unsigned ${at(3)} is not signed by this key`,
      byHand: 'find',
    },
    {
      what: 'sign the last statement with another key',
      tamper: (b) => b.sign(at(4), at(4), b.all.newKey.privateKey),
      code: 1,
      says: `unsigned ${at(4)} is not signed by this key`,
      byHand: 'find',
    },
    {
      what: 'sign an older statement with another key',
      tamper: (b) => b.sign(at(3), at(3), b.all.newKey.privateKey),
      code: 1,
      says: `unsigned ${at(3)} is not signed by this key`,
      byHand: 'find',
    },
    {
      what: 'sign the next statement with another key',
      tamper: (b) => forgesNext(b),
      code: 1,
      says: `unsigned ${at(5)} is not signed by this key`,
      byHand: 'find',
    },
    {
      what: 'add an object that is not a statement',
      tamper: (b) => b.put('statements/2026-01-01/x.json', '{}'),
      flags: () => [],
      since: '2026-01-01',
      code: 1,
      says: 'extra statements/2026-01-01/x.json is no name of a statement',
      byHand: 'pass',
    },
    {
      what: 'add an object that is too large for a statement',
      tamper: (b) => b.put(at(5), 'x'.repeat(2 * 1024 * 1024)),
      code: 1,
      says: `unsigned ${at(5)} is larger than a statement`,
      byHand: 'find',
    },
    {
      what: 'have a run summed up without signing it',
      tamper: (b) => b.all.sumUp(b.name, 'next'),
      code: 1,
      says: `unsigned ${folderOf('next')} has no statement`,
      byHand: 'pass',
    },
  ],
  reorder: [
    {
      what: 'swap the names of two statements',
      tamper: (b) => b.swap(at(2), at(3)),
      code: 1,
      says: `changed ${at(2)} holds a statement about run ${idOf('second')} of ${days('second')}, which was signed as ${at(3).slice(11)}`,
      byHand: 'pass',
    },
    {
      what: 'move a statement to the next free number',
      tamper: (b) => b.move(at(3), at(5)),
      code: 1,
      says: `changed ${at(5)} holds a statement about run ${idOf('second')}`,
      byHand: 'pass',
    },
    {
      what: 'copy a statement to the next free number',
      tamper: (b) => b.put(at(5), b.get(at(3))),
      code: 1,
      says: `changed ${at(5)} holds a statement about run ${idOf('second')}`,
      byHand: 'pass',
    },
    {
      what: 'move a statement to a name of the release before',
      tamper: (b) => b.move(at(3), `statements/${days('second')}/${idOf('second')}.sigstore.json`),
      code: 1,
      says: `changed statements/${days('second')}/${idOf('second')}.sigstore.json holds`,
      byHand: 'pass',
    },
    {
      what: 'put back the first files of a run that was signed twice, and swap its statements',
      async tamper(b) {
        const back = b.saved(folderOf('third'));
        await b.sumUp('third', { change: { unreadableNodes: 1 } });
        back();
        b.swap(at(4), at(5));
      },
      code: 1,
      says: `changed ${at(4)} holds a statement about run ${idOf('third')}`,
      byHand: 'pass',
    },
    {
      what: 'the same with statements of the release before',
      async tamper(b) {
        const back = b.saved(folderOf('third'));
        await b.sumUp('third', { change: { unreadableNodes: 1 } });
        b.asReleaseBefore();
        back();
        const name = `statements/${days('third')}/${idOf('third')}`;
        b.swap(`${name}.sigstore.json`, `${name}.2.sigstore.json`);
      },
      code: 1,
      says: `changed statements/${days('third')}/${idOf('third')}.sigstore.json holds a later statement`,
      byHand: 'pass',
    },
    {
      what: 'rename RUN to RUN.3, of the release before',
      tamper(b) {
        b.asReleaseBefore();
        const name = `statements/${days('third')}/${idOf('third')}`;
        b.move(`${name}.sigstore.json`, `${name}.3.sigstore.json`);
      },
      code: 1,
      says: `missing statements/${days('third')}/${idOf('third')}.2.sigstore.json is not here`,
      byHand: 'pass',
    },
  ],
  replay: [
    {
      what: 'put an older statement in the place of a later one',
      tamper: (b) => b.put(at(4), b.get(at(3))),
      code: 1,
      says: `changed ${at(4)} holds a statement about run ${idOf('second')}`,
      byHand: 'pass',
    },
    {
      what: 'put back the first files of a run that was signed twice',
      async tamper(b) {
        const back = b.saved(folderOf('third'));
        await b.sumUp('third', { change: { unreadableNodes: 1 } });
        back();
      },
      code: 1,
      says: `changed ${folderOf('third')}SHA256SUMS is not the one that was signed`,
      byHand: 'find',
    },
    {
      what: 'put the files of one run in the place of another’s',
      tamper: (b) => {
        for (const key of b.keys)
          if (key.startsWith(folderOf('third'))) b.put(key.replace(idOf('third'), idOf('second')), b.get(key));
      },
      code: 1,
      says: `changed ${sums} is not the one that was signed`,
      byHand: 'find',
    },
  ],
  truncate: [
    {
      what: 'remove the files of a run before their days are over',
      tamper: (b) => b.remove(folderOf('second')),
      code: 1,
      says: `missing ${folderOf('second')} is not here, and is kept for 365 days`,
      byHand: 'pass',
    },
    {
      what: 'remove a run and its statement',
      tamper: (b) => b.remove(folderOf('second'), at(3)),
      code: 1,
      says: `missing ${at(3)} is not here, and ${at(4).slice(11)} was signed after it`,
      byHand: 'pass',
    },
    {
      what: 'remove the first statements',
      tamper: (b) => b.remove(at(1), at(2)),
      code: 1,
      says: `missing ${at(2)} is not here`,
      byHand: 'pass',
    },
    {
      what: 'remove every statement but the last',
      tamper: (b) => b.remove(at(1), at(2), at(3)),
      code: 1,
      says: `missing ${at(3)} is not here`,
      byHand: 'pass',
    },
    {
      what: 'remove the last run with its statement, list and history',
      tamper: (b) => b.remove(folderOf('third'), at(4), listOf(b, 4), historyOf('third')),
      code: 0,
      says: 'intact:',
      byHand: 'pass',
    },
    {
      what: 'the same, with the mail of that run',
      tamper: (b) => b.remove(folderOf('third'), at(4), listOf(b, 4), historyOf('third')),
      flags: (b) => ['--head', b.head(4)],
      code: 1,
      says: 'head no statement has number 4 and SHA-256',
      byHand: 'pass',
    },
    {
      what: 'forge files of an expired run whose SHA256SUMS is gone',
      tamper: (b) => b.put(`${folderOf('old')}report.md`, 'all well'),
      code: 0,
      says: `expired not comparable: ${folderOf('old')}`,
      byHand: 'find',
    },
    {
      what: 'the same, with --strict',
      tamper: (b) => b.put(`${folderOf('old')}report.md`, 'all well'),
      flags: () => ['--strict'],
      code: 2,
      says: `expired not comparable: ${folderOf('old')}`,
      byHand: 'find',
    },
    {
      what: 'forge the summary of an expired run',
      tamper: (b) => b.put(`${folderOf('old')}summary.json`, '{}'),
      code: 1,
      says: `changed ${folderOf('old')}summary.json is not the one that was signed`,
      byHand: 'find',
    },
  ],
  'change the census': [
    {
      what: 'change a line of the census',
      tamper: (b) => b.put(censusOf('second'), '{"judged":true}'),
      code: 1,
      says: `changed ${censusOf('second')} is not the one that was signed`,
      byHand: 'pass',
    },
    {
      what: 'remove an object of the census',
      tamper: (b) => b.remove(censusOf('first')),
      code: 1,
      says: `missing ${censusOf('first')} is in a signed list`,
      byHand: 'pass',
    },
    {
      what: 'add an object of the census afterwards',
      tamper: (b) => b.put(censusOf('first', '1215'), '{}'),
      code: 1,
      says: `extra ${censusOf('first', '1215')} is in no list`,
      byHand: 'pass',
    },
    {
      what: 'add one of a time to come',
      tamper: (b) => b.put('census/2199-01-01/0000.jsonl', '{}'),
      code: 1,
      says: 'extra census/2199-01-01/0000.jsonl is in no list',
      byHand: 'pass',
    },
    {
      what: 'add one under another name',
      tamper: (b) => b.put('census/x.jsonl', '{}'),
      code: 1,
      says: 'extra census/x.jsonl is in no list',
      byHand: 'pass',
    },
    {
      what: 'change what a sweep read',
      tamper: (b) => b.put(sweptOf('first'), 'forged'),
      code: 1,
      says: `changed ${sweptOf('first')} is not the one`,
      byHand: 'pass',
    },
    {
      what: 'remove what a sweep read before its days are over',
      tamper: (b) => b.remove(sweptOf('first')),
      code: 1,
      says: `missing ${sweptOf('first')} is in a signed list`,
      byHand: 'pass',
    },
    {
      what: 'remove what a sweep read after that',
      tamper: (b) => b.remove(sweptOf('old')),
      code: 0,
      says: 'intact:',
      byHand: 'pass',
    },
    {
      what: 'change the history',
      tamper: (b) => b.put(historyOf('first'), '{}'),
      code: 1,
      says: `changed ${historyOf('first')} is not the one that was signed`,
      byHand: 'pass',
    },
    {
      what: 'add a history of a run that nobody signed',
      tamper: (b) => b.put(historyOf('next'), '{}'),
      code: 1,
      says: `extra ${historyOf('next')} is in no list`,
      byHand: 'pass',
    },
    {
      what: 'remove a list of the census',
      tamper: (b) => b.remove(listOf(b, 3)),
      code: 1,
      says: 'missing statements/census/',
      byHand: 'pass',
    },
    {
      what: 'change a list and the object that it names',
      tamper(b) {
        b.put(censusOf('first'), '');
        b.put(listOf(b, 3), b.get(listOf(b, 3)).replace(/^\S+/, empty));
      },
      code: 1,
      says: 'changed statements/census/',
      byHand: 'pass',
    },
    {
      what: 'nothing, while sweeps since the last run wait for the next one',
      tamper: () => undefined,
      code: 0,
      says: 'pending 2 objects of sweeps since',
      byHand: 'pass',
    },
  ],
  'check nothing': [
    {
      what: 'remove every object',
      tamper: (b) => b.remove(''),
      code: 2,
      says: 'nothing nothing to check: there is no statement',
      byHand: 'pass',
    },
    {
      what: 'the same, with --strict',
      tamper: (b) => b.remove(''),
      flags: () => ['--strict'],
      code: 2,
      says: 'nothing nothing to check: there is no statement',
      byHand: 'pass',
    },
    {
      what: 'nothing, with --since after the last run',
      tamper: () => undefined,
      since: '2199-01-01',
      code: 2,
      says: `nothing nothing to check: the last statement is of ${days('third')}, and --since is 2199-01-01`,
      byHand: 'pass',
    },
  ],
  'add an object': [
    ...[`${folderOf('third').slice(0, -1)}.2/report.md`, 'runs/ruN/report.md', folderOf('third').slice(0, -1)].map(
      (key): Way => ({
        what: `named ${key.replace(idOf('third'), 'RUN')}`,
        tamper: (b) => b.put(key, 'all well'),
        code: 1,
        says: `extra ${key} is named by no statement`,
        byHand: 'pass',
      }),
    ),
    {
      what: 'of a run that is said to begin before the last one',
      tamper: (b) => b.put('runs/ruN/discovery.json', JSON.stringify({ startedAt: begun('third') })),
      code: 1,
      says: 'extra runs/ruN/discovery.json is named by no statement',
      byHand: 'pass',
    },
    {
      what: 'of a run that goes on',
      tamper: (b) => b.put('runs/ruN/discovery.json', JSON.stringify({ startedAt: begun('next') })),
      code: 0,
      says: 'pending runs/ruN/ goes on, or failed',
      byHand: 'pass',
    },
    {
      what: 'that is a statement among the lists of the census',
      tamper: (b) => b.put(`statements/census/${at(3).slice(11)}`, b.get(at(3))),
      code: 1,
      says: `extra statements/census/${at(3).slice(11)} is named by no statement`,
      byHand: 'pass',
    },
    {
      what: 'that is empty and named as the folder of a run, as the S3 console does',
      tamper: (b) => b.put(folderOf('second'), ''),
      code: 0,
      says: 'intact: 3 runs',
      byHand: 'pass',
    },
    {
      what: 'the same, where the run was changed',
      tamper(b) {
        b.put(folderOf('second'), '');
        b.put(report, '');
      },
      code: 1,
      says: `changed ${report} has SHA-256 ${empty}`,
      byHand: 'find',
    },
    {
      what: 'the same for a run whose days are over',
      tamper: (b) => b.put(folderOf('old'), ''),
      code: 0,
      says: `expired ${folderOf('old')} is gone`,
      byHand: 'find',
    },
    {
      what: 'the same with content',
      tamper: (b) => b.put(folderOf('second'), 'all well'),
      code: 1,
      says: `extra ${folderOf('second')} is in no line`,
      byHand: 'pass',
    },
  ],
  'sum up again': [
    {
      what: 'a signed run after a change of its answers',
      tamper: (b) => b.sumUp('third', { change: { unreadableNodes: 1 } }),
      code: 2,
      says: `again ${folderOf('third')} was signed 2 times; it is compared with ${at(5).slice(11)}: `,
      byHand: 'pass',
    },
    {
      what: 'the same, with the mail of the second summary',
      tamper: (b) => b.sumUp('third', { change: { unreadableNodes: 1 } }),
      flagsAfter: (b) => ['--head', b.head(5)],
      code: 0,
      says: `again ${folderOf('third')} was signed 2 times`,
      byHand: 'pass',
    },
    {
      what: 'the same, with the mail of the first summary alone',
      tamper: (b) => b.sumUp('third', { change: { unreadableNodes: 1 } }),
      flags: (b) => ['--head', b.head(4)],
      code: 2,
      says: `again ${folderOf('third')} was signed 2 times`,
      byHand: 'pass',
    },
  ],
  fork: [
    {
      what: 'set the memory back before the next run',
      async tamper(b) {
        b.put(
          lastRun,
          JSON.stringify({
            ...JSON.parse(b.get(lastRun)),
            statement: { name: at(2).slice(11), sha256: b.head(2).slice(2) },
          }),
        );
        await b.sumUp('next');
      },
      code: 0,
      says: 'intact:',
      byHand: 'pass',
    },
    {
      what: 'delete the memory before the next run',
      async tamper(b) {
        b.remove(lastRun);
        await b.sumUp('next');
      },
      code: 0,
      says: 'intact:',
      byHand: 'pass',
    },
    {
      what: 'end a summary between its statement and the memory',
      async tamper(b) {
        const back = b.saved(lastRun);
        await b.sumUp('next');
        back();
        await b.sumUp('third');
        await b.sumUp('next');
      },
      code: 0,
      says: `again ${folderOf('next')} was signed 2 times`,
      byHand: 'pass',
    },
    {
      what: 'name a bad statement in the memory',
      async tamper(b) {
        b.put(
          lastRun,
          JSON.stringify({ ...JSON.parse(b.get(lastRun)), statement: { name: '../x', sha256: '0'.repeat(64) } }),
        );
        await b.sumUp('next').then(
          () => {
            throw new Error('signed');
          },
          () => b.remove(folderOf('next'), historyOf('next')),
        );
      },
      code: 0,
      says: 'intact:',
      byHand: 'pass',
    },
    {
      what: 'have two runs follow one statement, under the release before',
      tamper: forksBefore,
      code: 1,
      says: 'forked ',
      byHand: 'pass',
    },
    {
      what: 'the same, before a run of this release',
      async tamper(b) {
        await forksBefore(b);
        await b.sumUp('next');
      },
      flagsAfter: (b) => ['--head', b.head(1)],
      code: 0,
      says: `repaired ${at(1).slice(11)} joins a chain that had forked`,
      byHand: 'pass',
    },
  ],
  'roll back': [
    {
      what: 'put the whole bucket back by two runs',
      tamper: rollsBack,
      code: 0,
      says: 'intact:',
      byHand: 'pass',
    },
    {
      what: 'the same, with a mail since then',
      tamper: rollsBack,
      flags: (b) => ['--head', b.head(2), '--head', b.head(3)],
      code: 1,
      says: 'head no statement has number 3 and SHA-256',
      byHand: 'pass',
    },
    {
      what: 'remove the last run, and have the next one continue',
      tamper: continuesWithout,
      code: 0,
      says: 'intact:',
      byHand: 'pass',
    },
    {
      what: 'the same, with the mail of the removed run beside the last one',
      tamper: continuesWithout,
      flags: (b) => ['--head', b.head(4), '--head', b.head(2)],
      code: 1,
      says: 'head no statement has number 4 and SHA-256',
      byHand: 'pass',
    },
    {
      what: 'give a mail’s hash another number',
      tamper: () => undefined,
      flags: (b) => ['--head', b.head(3).replace('3:', '4:')],
      code: 1,
      says: 'head no statement has number 4 and SHA-256',
      byHand: 'pass',
    },
    {
      what: 'nothing, with each mail',
      tamper: () => undefined,
      flags: (b) => [2, 3, 4].flatMap((number) => ['--head', b.head(number)]),
      code: 0,
      says: 'intact:',
      byHand: 'pass',
    },
  ],
  rotate: [
    {
      what: 'change the key as docs say, with both keys',
      tamper: rotates,
      flags: (b) => keys(b, 'key', 'newKey'),
      code: 0,
      says: `handover ${at(5).slice(11)} hands over to key`,
      byHand: 'find',
    },
    {
      what: 'the same, with the new key alone since then',
      tamper: rotates,
      flags: (b) => keys(b, 'newKey'),
      since: days('next'),
      code: 0,
      says: 'intact:',
      byHand: 'find',
    },
    {
      what: 'the same, with the new key alone from the beginning',
      tamper: rotates,
      flags: (b) => keys(b, 'newKey'),
      code: 1,
      says: `unsigned ${at(2)} is not signed by this key`,
      byHand: 'find',
    },
    {
      what: 'the same, with the old key alone',
      tamper: rotates,
      code: 1,
      says: `unsigned ${at(6)} is not signed by this key`,
      byHand: 'find',
    },
    {
      what: 'sign with a new key without a handover',
      tamper: (b) => forgesNext(b),
      flags: (b) => keys(b, 'key', 'newKey'),
      code: 1,
      says: `unsigned ${at(5)} is signed by key`,
      byHand: 'find',
    },
    {
      what: 'sign with the old key after its handover',
      async tamper(b) {
        await rotates(b);
        b.sign(at(6), at(6), b.all.key.privateKey);
      },
      flags: (b) => keys(b, 'key', 'newKey'),
      code: 1,
      says: `unsigned ${at(6)} is signed by key`,
      byHand: 'pass',
    },
    {
      what: 'remove the handover',
      async tamper(b) {
        await rotates(b);
        b.remove(at(5));
      },
      flags: (b) => keys(b, 'key', 'newKey'),
      code: 1,
      says: `missing ${at(5)} is not here`,
      byHand: 'find',
    },
  ],
};

/** What each word of `verify` means; a word that is not here does not compile. */
const words: Readonly<Record<Fault['kind'] | VerifiedNote['kind'], string>> = {
  changed: 'a file, `SHA256SUMS` or a statement is not what was signed under that name',
  missing: 'something that `SHA256SUMS` or a later statement names is gone, or a run is gone before its days are over',
  extra:
    'no line of `SHA256SUMS` names a file, or no statement names an object. A run that failed leaves such objects: finish or delete it',
  unsigned: 'no statement, or one by a key that is not in force',
  head: 'no statement is the one that `--head` names; as a note, where it is and how many came after it',
  forked: 'two statements name the same predecessor',
  anew: 'a statement names no predecessor, and is not the first',
  nothing: 'no statement is of a run since `--since`, so nothing was verified',
  expired: 'no fault: the days of the files are over. *Not comparable*: some are left, without `SHA256SUMS`',
  again: 'the run was signed again. No fault if the files are the same, or if `--head` names its last statement',
  pending: 'no fault: a later run goes on or failed, or the next run lists what sweeps left since the last one',
  handover: 'no fault: the key in force hands over to another one',
  repaired: 'no fault: a statement joins a chain that had forked in an earlier release. Ask why',
};

/** docs/evidence.md with the tables of these words and ways. */
export const withWays = (page: string): string =>
  [
    {
      name: 'words',
      made: table(
        ['word', 'meaning'],
        Object.entries(words).map(([word, meaning]) => [`\`${word}\``, meaning]),
      ),
    },
    {
      name: 'ways',
      made: table(
        ['to', 'who may write to the bucket can', '`verify` says, and ends with', 'openssl, cosign'],
        Object.entries(ways).flatMap(([kind, all]) =>
          all.map(({ what, says, code, byHand }) => [kind, what, `${says.split(/[ :]/)[0]}, ${code}`, byHand]),
        ),
      ),
    },
  ].reduce(
    (text, { name, made }) =>
      withGenerated(text, [`<!-- ${name}: generated by npm run docs -->`, `<!-- /${name} -->`], `\n${made}\n`),
    page,
  );

async function forksBefore(bucket: SignedBucket): Promise<void> {
  await bucket.sumUp('next');
  bucket.asReleaseBefore();
  const name = `statements/${days('next')}/${idOf('next')}.sigstore.json`;
  const second = `statements/${days('second')}/${idOf('second')}.sigstore.json`;
  bucket.sign(name, name, bucket.all.key.privateKey, (run) => ({
    ...run,
    previous: bucket.predicate(`statements/${days('third')}/${idOf('third')}.sigstore.json`).run.previous,
  }));
  if (!bucket.get(second)) throw new Error('no statement');
  bucket.remove(lastRun);
}

function rollsBack(b: SignedBucket): void {
  const lists = [listOf(b, 3), listOf(b, 4)];
  b.remove(folderOf('second'), folderOf('third'), at(3), at(4), historyOf('second'), historyOf('third'), ...lists);
}

async function continuesWithout(bucket: SignedBucket): Promise<void> {
  bucket.remove(folderOf('third'), at(4), listOf(bucket, 4), `history/${days('third')}`);
  const statement = { name: at(3).slice(11), sha256: bucket.head(3).slice(2) };
  bucket.put(lastRun, JSON.stringify({ ...JSON.parse(bucket.get(lastRun)), statement }));
  await bucket.sumUp('next');
}
