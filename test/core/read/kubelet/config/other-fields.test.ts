import { expect, it } from 'vitest';
import {
  checkedPaths,
  otherPaths,
  otherProblem,
  typeFault,
} from '../../../../../lambda/core/read/kubelet/config/other-fields.ts';
import { toTree } from '../../../model/plain-json.ts';

it.each<[field: string, type: string, fits: readonly unknown[], others: readonly unknown[]]>([
  ['podCIDR', 'string', [null, '', '10.0.0.0/8'], [1, true, [], {}]],
  ['failSwapOn', 'bool', [null, true, false], ['true', 0, []]],
  ['maxPods', 'int32', [null, 0, -(2 ** 31), 2 ** 31 - 1], [-(2 ** 31) - 1, 2 ** 31, 1.5, '1', true]],
  ['maxOpenFiles', 'int64', [null, 2 ** 31, -(2 ** 63)], [2 ** 63, -(2 ** 63) * 1.01, 0.5, '1']],
  ['memoryThrottlingFactor', 'number', [null, 0.9, 1], ['0.9', false]],
  ['syncFrequency', 'duration', ['1m', '0'], [null, '1', 60]],
  ['cpuCFSQuotaPeriod', 'duration or null', [null, '100ms'], ['', 1]],
  ['clusterDNS', 'strings', [null, [], ['a', null]], ['a', [1], ['a', 1], {}]],
  ['evictionHard', 'map of strings', [null, {}, { a: '1', b: null }], [[], 'a', { a: 1 }, { a: '1', b: {} }]],
  ['staticPodURLHeader', 'map of lists', [null, {}, { a: ['b', null], c: null }], [[], { a: 'b' }, { a: [1] }]],
  ['reservedMemory', 'maps', [null, [], [{}, null]], [{}, ['a'], [{}, 1], [[]]]],
])('the field %s is %s', (field, type, fits, others) => {
  expect(fits.map((value) => typeFault(field, toTree(value)))).toEqual(fits.map(() => undefined));
  expect(others.map((value) => typeFault(field, toTree(value)))).toEqual(others.map(() => `${field} is no ${type}`));
});

it('a group holds settings or nothing, and any value of what is no field is no fault', () => {
  const faults = [new Map(), null, [], 'a'].map((value) => typeFault('logging', value));
  expect(faults).toEqual([undefined, undefined, 'logging holds no settings', 'logging holds no settings']);
  expect(['unheardOf', 'readOnlyPort'].map((path) => typeFault(path, [true]))).toEqual([undefined, undefined]);
  expect(otherPaths.filter((path) => typeFault(path, [[1]]) === undefined)).toEqual([]);
});

/** Values at the borders of what a kubelet takes: two that it starts with, and those that it refuses. */
const borders: Readonly<Record<string, readonly unknown[]>> = {
  ...{ healthzPort: [0, 65_535, -1, 65_536], port: [0, 65_535, -1, 65_536], oomScoreAdj: [-1000, 1000, -1001, 1001] },
  ...{ imageGCHighThresholdPercent: [0, 100, -1, 101], imageGCLowThresholdPercent: [0, 100, -1, 101] },
  ...{ iptablesDropBit: [0, 31, -1, 32], iptablesMasqueradeBit: [0, 31, -1, 32], maxParallelImagePulls: [1, 1e9, 0] },
  ...{ containerLogMaxFiles: [2, 1e9, 1], nodeStatusMaxImages: [-1, 1e9, -2], runOnce: [false, null, true] },
  ...{ hairpinMode: ['', 'none', 'None'], 'logging.format': ['json', 'text', 'x'] },
  ...{ topologyManagerPolicy: ['single-numa-node', '', 'x'], topologyManagerScope: ['pod', 'container', 'x'] },
};

it.each([...checkedPaths])('%s has a value that a kubelet takes, or the kubelet does not start', (path) => {
  const [first, second, ...wrong] = borders[path] ?? [0, 1e9, -1];
  const problem = (value: unknown, minor?: number) =>
    otherProblem({ others: new Map([[path, toTree(value)]]), flags: new Map(), minor });
  const refused = `${path} has a value that the kubelet refuses`;
  expect([problem(first, 34), problem(second, 34)]).toEqual([undefined, undefined]);
  expect(new Set(wrong.map((value) => problem(value, 34)))).toEqual(new Set([refused]));
  expect(problem(wrong[0], 33)).toBe(path === 'runOnce' ? undefined : refused);
  expect(problem(wrong[0])).toBe(problem(wrong[0], 33));
});

it('a flag wins over the files, even where its value is no number', () => {
  const problem = (inFile: number, flag: number | undefined) =>
    otherProblem({ others: new Map([['maxPods', inFile]]), flags: new Map([['max-pods', flag]]), minor: 34 });
  const refused = 'maxPods has a value that the kubelet refuses';
  expect([problem(-1, 0), problem(-1, undefined), problem(0, -1)]).toEqual([undefined, undefined, refused]);
});
