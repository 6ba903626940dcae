import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SettingPath } from '../../../../../lambda/core/model/settings.ts';
import { compareWalkOrder } from '../../../../../lambda/core/read/kubelet/config/drop-ins.ts';
import { effectiveConfiguration } from '../../../../../lambda/core/read/kubelet/effective.ts';
import { caFile, dropInFolder, nodeWith } from '../node-with.ts';

interface Case {
  readonly file?: object;
  readonly dropIns: Readonly<Record<string, object | string>>;
  readonly version?: string;
  readonly via?: 'ssm' | 'files';
  readonly flags?: readonly string[];
}

const read = ({ via = 'ssm', ...parts }: Case) => {
  const facts = effectiveConfiguration(nodeWith(parts), via);
  if (!facts.ok) throw new Error(facts.error.because);
  return facts.value;
};
const fact = (parts: Case, path: SettingPath = 'authentication.x509.clientCAFile') => read(parts).settings[path];
const unknown = (because: RegExp) => ({ state: 'unknown', because: expect.stringMatching(because) });
const nullCa = caFile(null);

describe('drop-ins', () => {
  it('are merged in the order in which Go walks a directory', () => {
    const inOrder = [
      'A.conf',
      'a/x.conf',
      'a/y/z.conf',
      'a-b.conf',
      'a.conf',
      'b.conf',
      '\uff5e.conf',
      '\u{1f600}.conf',
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(inOrder, { minLength: inOrder.length }), (shuffled) => {
        expect(shuffled.toSorted(compareWalkOrder)).toEqual(inOrder);
      }),
    );
    expect(fact({ file: {}, dropIns: { 'a-b.conf': caFile('/second'), 'a/x.conf': caFile('/first') } })).toMatchObject({
      value: '/second',
    });
  });

  it('in another spelling open the port from 1.32 on, and before only where the spelling sorts behind that of Go', () => {
    const port = (version: string, key: string) =>
      fact({ file: { readOnlyPort: 0 }, dropIns: { 'a.conf': { [key]: 10255 } }, version }, 'readOnlyPort');
    expect(port('v1.32.0', 'READONLYPORT')).toMatchObject({ value: 10255, origin: { from: 'drop-in' } });
    expect(port('v1.31.9', 'READONLYPORT')).toMatchObject({ value: 0, origin: { from: 'file' } });
    expect(port('v1.31.9', 'readonlyport')).toMatchObject({ value: 10255, origin: { from: 'drop-in' } });
    expect(port('', 'READONLYPORT')).toMatchObject(
      unknown(/different values of readOnlyPort, by the kubelet's version/),
    );
    expect(port('', 'readonlyport')).toMatchObject({ state: 'known', value: 10255 });
  });

  it('compare the names of feature gates with their case', () => {
    const gate = (version: string) =>
      fact(
        { file: {}, dropIns: { 'a.conf': { featureGates: { rotatekubeletservercertificate: false } } }, version },
        'featureGates.RotateKubeletServerCertificate',
      );
    expect(gate('v1.34.9')).toMatchObject(unknown(/feature gate rotatekubeletservercertificate is in no list/));
  });

  it('may spoil what a later one repairs: only what all make together counts', () => {
    expect(fact({ file: {}, dropIns: { 'a.conf': { authentication: [1] }, 'b.conf': caFile('/two') } })).toMatchObject({
      value: '/two',
      origin: { from: 'drop-in', file: `${dropInFolder}/b.conf` },
    });
  });
});

describe('a null in a drop-in', () => {
  const file = caFile('/ca.crt');

  it('makes only that setting unknown over SSM where nobody knows the version', () => {
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

  it('after another drop-in takes away on 1.29 what that one set, and no more', () => {
    expect(fact({ file, dropIns: { 'a.conf': caFile('/a'), 'b.conf': nullCa }, version: 'v1.29.14' })).toMatchObject({
      state: 'known',
      value: '/ca.crt',
    });
  });

  it('without a main file leads to the default of a main file from 1.32 on, and changes nothing before', () => {
    const dropIns = { 'a.conf': { readOnlyPort: null, authentication: { x509: { clientCAFile: null } } } };
    expect(fact({ dropIns }, 'readOnlyPort')).toMatchObject({ state: 'known', value: 0 });
    expect(fact({ dropIns })).toMatchObject({ state: 'known', value: '' });
    expect(fact({ dropIns, version: 'v1.31.0' }, 'readOnlyPort')).toMatchObject({ state: 'known', value: 10255 });
  });
});
