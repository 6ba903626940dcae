import { expect, it } from 'vitest';
import { otherPaths, otherProblem, typeFault } from '../../../../../lambda/core/read/kubelet/config/other-fields.ts';
import type { Tree } from '../../../../../lambda/core/read/kubelet/documents/tree.ts';
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
  expect(typeFault('unheardOf', [true])).toBeUndefined();
  const decodedByThemselves = otherPaths.filter((path) => typeFault(path, [[1]]) === undefined);
  expect(decodedByThemselves).toEqual(['logging.flushFrequency', 'logging.options.json.infoBufferSize']);
});

const refused = (field: string) => `${field} has a value that the kubelet refuses`;
type Given = Readonly<Record<string, unknown>>;
const problem = (inFile: Given, flags: Given = {}, minor?: number) => {
  const [others, given] = [inFile, flags].map((each) => new Map(Object.entries(each)));
  return otherProblem({
    others: others as ReadonlyMap<string, Tree>,
    flags: given as ReadonlyMap<string, number>,
    minor,
  });
};

/** Fields with their flags, and the least and the most that a kubelet takes. */
const borders = [
  ...`containerLogMaxFiles container-log-max-files 2, eventBurst event-burst 0, healthzPort healthz-port 0 65535, maxPods max-pods 0,
  imageGCHighThresholdPercent image-gc-high-threshold 0 100, imageGCLowThresholdPercent image-gc-low-threshold 0 100,
  iptablesDropBit iptables-drop-bit 0 31, iptablesMasqueradeBit iptables-masquerade-bit 0 31, kubeAPIBurst kube-api-burst 0,
  kubeAPIQPS kube-api-qps 0, maxOpenFiles max-open-files 0, nodeStatusMaxImages node-status-max-images -1, port port 0 65535,
  oomScoreAdj oom-score-adj -1000 1000, podsPerCore pods-per-core 0, registryBurst registry-burst 0, registryPullQPS registry-qps 0,
  maxParallelImagePulls - 1, nodeLeaseDurationSeconds - 0`.matchAll(/(\w+) ([\w-]+) (\S+?)(?: (\d+))?(?:,|$)/g),
].map(([, field = '', flag = '', least, most]) => ({ field, flag, low: Number(least), most }));

it.each(borders)('a kubelet takes a number of $field from $low on', ({ field, flag, low, most }) => {
  const [high, because] = [Number(most ?? 1e9), refused(field)];
  const outside = most ? [low - 1, high + 1] : [low - 1];
  expect([low, high].map((value) => problem({ [field]: value }))).toEqual([undefined, undefined]);
  expect(new Set(outside.map((value) => problem({ [field]: value })))).toEqual(new Set([because]));
  if (flag === '-') return;
  // A flag wins over the files, even where its value is no number.
  const byFlag = [problem({ [field]: low }, { [flag]: low - 1 }), problem({ [field]: low - 1 }, { [flag]: undefined })];
  expect(byFlag).toEqual([because, undefined]);
});

it.each([
  ['hairpinMode', 'hairpin-mode', ['', 'none', 'hairpin-veth', 'promiscuous-bridge', 1]],
  ['logging.format', 'logging-format', ['', 'text', 'json', 1]],
  ['topologyManagerPolicy', 'topology-manager-policy', ['', 'none', 'best-effort', 'restricted', 'single-numa-node']],
  ['topologyManagerScope', 'topology-manager-scope', ['', 'container', 'pod']],
  ['runOnce', 'runonce', [false, null]],
])('%s is one of a few words, unless its flag is given', (field, flag, sound) => {
  const wrong = { [field]: field === 'runOnce' ? true : 'None' };
  expect(sound.map((value) => problem({ [field]: value }, {}, 34))).toEqual(sound.map(() => undefined));
  const found = [problem(wrong, {}, 34), problem(wrong, { [flag]: undefined }, 34), problem(wrong, {}, 33)];
  expect(found).toEqual([refused(field), undefined, field === 'runOnce' ? undefined : refused(field)]);
});
