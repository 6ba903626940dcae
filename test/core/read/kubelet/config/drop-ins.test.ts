import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SettingPath } from '../../../../../lambda/core/model/settings.ts';
import { compareWalkOrder } from '../../../../../lambda/core/read/kubelet/config/drop-ins.ts';
import { effectiveConfiguration } from '../../../../../lambda/core/read/kubelet/effective.ts';
import { caFile, nodeWith } from '../node-with.ts';

type Case = Parameters<typeof nodeWith>[0] & { readonly via?: 'ssm' | 'files' };

const read = ({ via = 'ssm', ...parts }: Case) => {
  const facts = effectiveConfiguration(nodeWith(parts), via);
  if (!facts.ok) throw new Error(facts.error.because);
  return facts.value;
};
const fact = (parts: Case, path: SettingPath = 'authentication.x509.clientCAFile') => read(parts).settings[path];
const unknown = (because: RegExp) => ({ state: 'unknown', because: expect.stringMatching(because) });
const nullCa = caFile(null);
const head = 'kind: KubeletConfiguration\napiVersion: kubelet.config.k8s.io/v1beta1\n';

describe('drop-ins', () => {
  it('are merged in the order in which Go walks a directory', () => {
    const ascii = ['A.conf', 'a/x.conf', 'a/y/z.conf', 'a-b.conf', 'a.conf', 'b.conf'];
    const inOrder = [...ascii, '\uff5e.conf', '\u{1f600}.conf'];
    fc.assert(
      fc.property(fc.shuffledSubarray(inOrder, { minLength: inOrder.length }), (shuffled) => {
        expect(shuffled.toSorted(compareWalkOrder)).toEqual(inOrder);
      }),
    );
    // On Windows both slashes separate; on Linux a backslash is a letter behind `Z`.
    const folders = ['C:\\d\\a\\x.conf', 'C:/d/a\\y.conf', 'C:\\d/a-b.conf', 'C:\\d\\a-b.conf.d\\x.conf'];
    expect(folders.toReversed().toSorted(compareWalkOrder)).toEqual(folders);
    expect(['/a\\b', '/aZ', '/a', '/a/b'].toSorted(compareWalkOrder)).toEqual(['/a', '/a/b', '/aZ', '/a\\b']);
    const dropIns = { 'a-b.conf': caFile('/second'), 'a/x.conf': caFile('/first') };
    expect(fact({ file: {}, dropIns })).toMatchObject({ value: '/second' });
  });

  // The machines of directed-machines.test.ts ask for what each version makes of spellings and nulls.
  it('in another spelling leave a setting unknown where the versions differ, and the version is not known', () => {
    const port = (key: string) =>
      fact({ file: { readOnlyPort: 0 }, dropIns: { 'a.conf': { [key]: 10255 } }, version: '' }, 'readOnlyPort');
    expect(port('READONLYPORT')).toEqual(unknown(/different values of readOnlyPort, by the kubelet's version, which/));
    expect(port('readonlyport')).toMatchObject({ state: 'known', value: 10255 });
  });

  it('compare the names of feature gates with their case', () => {
    const dropIns = { 'a.conf': { featureGates: { rotatekubeletservercertificate: false } } };
    const gate = fact({ file: {}, dropIns }, 'featureGates.RotateKubeletServerCertificate');
    expect(gate).toEqual(unknown(/the feature gate rotatekubeletservercertificate is in no list/));
  });

  it('are not merged beyond 10,000 values, however they are spread over files', () => {
    const lines = (file: number) => Array.from({ length: 300 }, (_, line) => `k${file}x${line}: 1\n`).join('');
    const files = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, file) => [`${10 + file}.conf`, `${head}${lines(file)}`]));

    expect(fact({ file: caFile('/ca.crt'), dropIns: files(3) })).toMatchObject({ state: 'known', value: '/ca.crt' });
    const because = fact({ file: caFile('/ca.crt'), dropIns: files(64) });
    expect(because).toMatchObject(unknown(/more than 10000 values to merge; this program does not read it/));
  });
});

describe('a null in a drop-in', () => {
  const file = caFile('/ca.crt');

  it('makes only that setting unknown over SSM where the version is not known', () => {
    const parts = { file, dropIns: { 'a.conf': nullCa }, version: '' };
    expect(fact(parts)).toMatchObject(unknown(/by the kubelet's version/));
    expect(fact(parts, 'readOnlyPort')).toMatchObject({ state: 'known', value: 0 });
  });

  it('is read as 1.34 reads it for files given by hand, and a note says so', () => {
    const facts = read({ file, dropIns: { 'a.conf': nullCa }, version: '', via: 'files' });
    expect(facts.settings['authentication.x509.clientCAFile']).toMatchObject({ state: 'known', value: '' });
    expect(facts.notes).toEqual([
      expect.stringContaining('by the saved files'),
      "the kubelet's version is not known; its drop-ins were read as 1.34 or newer reads them",
    ]);
  });

  it('without a main file leads to the default of a main file from 1.32 on, and changes nothing before', () => {
    const dropIns = { 'a.conf': { readOnlyPort: null } };
    expect(fact({ dropIns, version: 'v1.32.0' }, 'readOnlyPort')).toMatchObject({ state: 'known', value: 0 });
    expect(fact({ dropIns, version: 'v1.31.9' }, 'readOnlyPort')).toMatchObject({ state: 'known', value: 10255 });
  });
});
