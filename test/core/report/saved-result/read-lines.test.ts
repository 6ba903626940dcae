import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { OperatorError } from '../../../../lambda/core/model/operator-error.ts';
import { readResult } from '../../../../lambda/core/report/saved-result/read-result.ts';

const start = { schemaVersion: 1, startedAt: '2026-11-24T10:00:00.000Z', benchmark: 'cis-eks-1.8.0' } as const;
const end = { finishedAt: '2026-11-24T10:05:00.000Z', problems: [] };
const cluster = {
  cluster: { name: 'blue', compute: { autoMode: false, fargate: false, hybrid: false } },
  auditedAt: '2026-11-24T10:01:00.000Z',
  inventory: { from: 'kubernetes', complete: true },
  controls: { lookedAt: [], leftOut: [] },
  problems: [],
} as const;
const node = (key: string) => {
  const machine = { status: 'confirmed', instanceId: key };
  const each = { key, machine, kind: 'al2', group: { kind: 'managed', name: 'w' } };
  return { node: each, failures: [], verdicts: {} };
};

/** As the program writes it: one node a line. */
const head = `${JSON.stringify(start).slice(0, -1)},"clusters":[`;
const clusterHead = `${JSON.stringify(cluster).slice(0, -1)},"nodes":[`;
const [nodeA, nodeB] = [JSON.stringify(node('a')), JSON.stringify(node('b'))];
const tail = `],${JSON.stringify(end).slice(1)}`;
const ofTwoNodes = [clusterHead, `${nodeA},`, `${nodeB}]}`];

async function* once(...texts: readonly string[]) {
  for (const text of texts) yield text;
}
const read = (...texts: readonly string[]) => Array.fromAsync(readResult(once(...texts), 'result.json'));
const sha256 = (lines: readonly string[]) => {
  const text = lines.map((line) => `${line}\n`).join('');
  return createHash('sha256').update(text).digest('hex');
};

const startPart = { part: 'start', start: { ...start, clusters: [] } };
const ofNodes = (nodes: readonly object[], lines: readonly string[]) => {
  return { part: 'cluster', cluster: { ...cluster, nodes }, sha256: sha256(lines) };
};
const twoNodes = ofNodes([node('a'), node('b')], ofTwoNodes);
const noNodes = ofNodes([], [`${clusterHead}]}`]);

describe('a result as it was written', () => {
  it('is read part by part, each cluster with its checksum', async () => {
    const lines = [head, ...ofTwoNodes, `,${clusterHead}]}`, tail];
    const parts = [startPart, twoNodes, noNodes, { part: 'end', end }];
    expect(await read(lines.join('\n'))).toStrictEqual(parts);
    expect(await read(`\n${lines.join('\r\n\n')}\r\n`)).toStrictEqual(parts);
    expect(await read(...lines.join('\n'))).toStrictEqual(parts);
  });

  it('may hold no cluster, and nothing behind its end is read', async () => {
    const parts = [startPart, { part: 'end', end }];
    expect(await read([head, tail].join('\n'))).toStrictEqual(parts);
    expect(await read([head, tail, 'hello'].join('\n'))).toStrictEqual(parts);
  });

  it('may be one cluster of a deployed run, with nodes or without', async () => {
    expect(await read(ofTwoNodes.join('\n'))).toStrictEqual([twoNodes]);
    expect(await read(`${clusterHead}]}\n`)).toStrictEqual([noNodes]);
  });
});

describe('a result in another layout', () => {
  const whole = { ...start, clusters: [{ ...cluster, nodes: [node('a')] }], ...end };

  it.each([
    ['on one line', JSON.stringify(whole)],
    ['on many', JSON.stringify(whole, undefined, 2)],
  ])('is read with everything that is in it, and without checksums: %s', async (_what, text) => {
    expect(await read(text)).toEqual([
      { part: 'start', start: whole },
      { part: 'cluster', cluster: whole.clusters[0] },
      { part: 'end', end: whole },
    ]);
  });

  it('may be one cluster', async () => {
    const [one] = whole.clusters;
    expect(await read(JSON.stringify(one, undefined, 2))).toEqual([{ part: 'cluster', cluster: one }]);
  });
});

const cutOff = 'it ends before its end was written: the audit was cut off';
const inTheMiddle = 'it ends in the middle of a cluster';
const noClusters = 'it has no clusters and no nodes';
const pretty = (change: object) => JSON.stringify({ ...start, ...end, ...change });
const unfinished = 'finishedAt: Invalid input: expected string, received undefined';
const expectedObject = 'Invalid input: expected object, received number';
const moving = `{"a\\u001b[31m${'b'.repeat(200)}":1}`;
const kinds = '"al2"|"al2023"|"bottlerocket"|"ubuntu"|"linux"|"windows"|"hybrid"|"auto-mode"|"fargate"';
const inCluster = (from: string, to: string) => [clusterHead, `${nodeA.replace(from, to)}]}`];

it.each([
  ['nothing', [''], 'it is no JSON'],
  ['no JSON', ['{"a":1}', '{'], 'it is no JSON'],
  ['null', ['null'], noClusters],
  ['a list', ['[]'], noClusters],
  ['another document', ['{"kind":"Status"}'], noClusters],
  ['clusters that are no list', [pretty({ clusters: { blue: cluster } })], 'its clusters are no list'],
  ['a cluster that is none', [pretty({ clusters: [1] })], noClusters],
  ['no end, in another layout', [pretty({ clusters: [], finishedAt: undefined })], unfinished],
  ['a beginning alone', [head], cutOff],
  ['no end', [head, ...ofTwoNodes], cutOff],
  ['a cluster that begins and no more', [head, clusterHead], inTheMiddle],
  ['a cluster without its last node', [head, clusterHead, `${nodeA},`], inTheMiddle],
  ['a cluster of another run', [head, 'foo'], 'a cluster was expected here'],
  ['a node that is no JSON', [head, clusterHead, `${nodeA.slice(1)}]}`], 'it is no JSON'],
  ['a node that is none', [clusterHead, '1]}'], `its whole: ${expectedObject}`],
  ['no kind of node', inCluster('"al2"', '"al9"'), `node.kind: Invalid option: expected one of ${kinds}`],
  [
    'a control whose name moves a terminal',
    inCluster('"verdicts":{}', `"verdicts":${moving}`),
    `verdicts.a ${'b'.repeat(88)}…: ${expectedObject}`,
  ],
])('is refused in whole sentences when it is %s', async (_what, lines, because) => {
  const error = await read(lines.join('\n')).catch((caught: unknown) => caught);
  const remedy = 'give what audit --format json or evaluate --format json printed, or a result of a deployed run';
  const message = `'result.json' is not a result of an audit: ${because}; ${remedy}`;
  expect(error).toEqual(new OperatorError('result-broken', message));
  expect(error).toMatchObject({ name: 'OperatorError', code: 'result-broken' });
  expect(error instanceof Error && error.cause !== undefined).toBe(because.includes(': Invalid '));
});

describe('the bound of 64 MB', () => {
  const spaces = ' '.repeat(1024 * 1024);
  const document = JSON.stringify({ ...cluster, nodes: [] });

  it('is that of one line', async () => {
    await expect(read(' '.repeat(64 * 1024 * 1024 + 1))).rejects.toThrow('one of its lines is longer than 64 MB');
  });

  it('is one of 4 MB for a node', async () => {
    const blanks = ' '.repeat(4 * 1024 * 1024 - nodeA.length - 2);
    expect(await read(`${clusterHead}\n${blanks}${nodeA}]}`)).toHaveLength(1);
    await expect(read(`${clusterHead}\n${blanks} ${nodeA}]}`)).rejects.toThrow('a node of it is longer than 4 MB');
  });

  it('is that of all lines that are read as a whole', async () => {
    const lines = Array<string>(63).fill(`${spaces}\n`);
    const left = 1024 * 1024 - document.length;
    expect(await read(...lines, `${' '.repeat(left)}\n`, document)).toHaveLength(1);
    const larger = 'it is larger than 64 MB and not laid out with one node a line, as it was written';
    await expect(read(...lines, `${' '.repeat(left + 1)}\n`, document)).rejects.toThrow(larger);
  });
});

it('looks at each character of a line that comes in many pieces a few times at most', async () => {
  const piece = 'x'.repeat(1_000);
  const split = vi.spyOn(String.prototype, 'split');
  try {
    await expect(read(...Array<string>(1_000).fill(piece))).rejects.toThrow('it is no JSON');
    const lookedAt = split.mock.contexts.reduce<number>((sum, text) => sum + String(text).length, 0);
    expect(lookedAt).toBeGreaterThan(0);
    expect(lookedAt).toBeLessThan(3 * 1_000 * piece.length);
  } finally {
    split.mockRestore();
  }
});
