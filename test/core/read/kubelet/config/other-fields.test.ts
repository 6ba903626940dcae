import { expect, it } from 'vitest';
import {
  checkedPaths,
  otherPaths,
  otherProblem,
  typeFault,
} from '../../../../../lambda/core/read/kubelet/config/other-fields.ts';
import { toTree } from '../../../model/plain-json.ts';

/** Of each Go type a field, with values that it takes and values that keep a kubelet from starting. */
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

const [port, percent, bit] = [
  [0, 65_535, -1, 65_536],
  [0, 100, -1, 101],
  [0, 31, -1, 32],
] as const;

/** Values at the borders of what a kubelet takes: the first two it starts with, the others it refuses. */
const borders: Readonly<Record<string, readonly [sound: unknown, alsoSound: unknown, ...wrong: readonly unknown[]]>> = {
  ...{ healthzPort: port, port, imageGCHighThresholdPercent: percent, imageGCLowThresholdPercent: percent },
  ...{ iptablesDropBit: bit, iptablesMasqueradeBit: bit, oomScoreAdj: [-1000, 1000, -1001, 1001] },
  ...{ containerLogMaxFiles: [2, 1e9, 1], maxParallelImagePulls: [1, 1e9, 0], nodeStatusMaxImages: [-1, 1e9, -2] },
  hairpinMode: ['', 'none', 'x', 'None'],
  'logging.format': ['json', 'text', 'x'],
  runOnce: [false, null, true],
  topologyManagerPolicy: ['single-numa-node', '', 'x'],
  topologyManagerScope: ['pod', 'container', 'x'],
};

it.each([...checkedPaths])('%s has a value that a kubelet takes, or the kubelet does not start', (path) => {
  const [first, second, ...wrong] = borders[path] ?? [0, 1e9, -1];
  const problem = (value: unknown, minor?: number) =>
    otherProblem({ others: new Map([[path, toTree(value)]]), flags: new Map(), minor });
  const refused = `${path} has a value that the kubelet refuses`;
  expect([first, second].map((value) => problem(value, 34))).toEqual([undefined, undefined]);
  expect(wrong.map((value) => problem(value, 34))).toEqual(wrong.map(() => refused));
  const always = path === 'runOnce' ? undefined : refused;
  expect([problem(wrong[0], 33), problem(wrong[0])]).toEqual([always, always]);
});

it('a flag wins over the files, even where its value is no number', () => {
  const problem = (inFile: number, flag: number | undefined) =>
    otherProblem({ others: new Map([['maxPods', inFile]]), flags: new Map([['max-pods', flag]]), minor: 34 });
  const refused = 'maxPods has a value that the kubelet refuses';
  expect([problem(-1, 0), problem(-1, undefined), problem(0, -1)]).toEqual([undefined, undefined, refused]);
});
