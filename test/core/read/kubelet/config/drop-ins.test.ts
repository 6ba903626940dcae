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
const head = 'kind: KubeletConfiguration\napiVersion: kubelet.config.k8s.io/v1beta1\n';

describe('drop-ins', () => {
  it('count only when they end in exactly .conf', () => {
    const ignored = {
      'a.yaml': caFile('/no'),
      'b.conf.bak': caFile('/no'),
      'c.CONF': caFile('/no'),
      'd.json': 'not even JSON',
      conf: caFile('/no'),
    };
    expect(fact({ file: {}, dropIns: { '.conf': caFile('/yes'), ...ignored } })).toMatchObject({
      value: '/yes',
      origin: { from: 'drop-in', file: `${dropInFolder}/.conf` },
    });
  });

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

  it('keep a relative path as it is, for it counts from the working directory', () => {
    expect(fact({ file: {}, dropIns: { 'a.conf': caFile('../pki/ca.crt') } })).toMatchObject({
      value: '../pki/ca.crt',
    });
  });

  it.each(['v1.29.14', 'v1.34.9', 'v1.31.0'])('remove the CA with an empty path on %s', (version) => {
    expect(fact({ file: caFile('/ca.crt'), dropIns: { 'a.conf': caFile('') }, version })).toMatchObject({
      state: 'known',
      value: '',
      origin: { from: 'drop-in' },
    });
  });

  it.each([
    ['v1.34.9', 'clientCaFile', '/drop-in'],
    ['v1.34.9', 'CLIENTCAFILE', '/file'],
    ['v1.29.14', 'clientCaFile', '/drop-in'],
    ['v1.29.14', 'CLIENTCAFILE', '/drop-in'],
    ['v1.29.14', 'ClientCAFile', '/drop-in'],
  ])('on %s in two spellings, the one that sorts last wins, groups first: %s gives %s', (version, key, value) => {
    const dropIns = { 'a.conf': { authentication: { x509: { [key]: '/drop-in' } } } };
    expect(fact({ file: caFile('/file'), dropIns, version })).toMatchObject({ state: 'known', value });
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

  it('set the CA with a key in the wrong case, where nothing else sets it', () => {
    expect(
      fact({ file: {}, dropIns: { 'a.conf': { authentication: { x509: { clientCaFile: '/ca.crt' } } } } }),
    ).toMatchObject({ state: 'known', value: '/ca.crt' });
    expect(fact({ file: {}, dropIns: { 'a.conf': { readonlyport: 10255 } } }, 'readOnlyPort')).toMatchObject({
      state: 'known',
      value: 10255,
    });
  });

  it('do not set the CA with a key that the main file has in the wrong case', () => {
    expect(
      fact({ file: { authentication: { x509: { clientCaFile: '/ignored' } } }, dropIns: { 'a.conf': {} } }),
    ).toMatchObject({ state: 'known', value: '' });
  });

  it('lose with a group in capitals to the group of the file, and leave the other groups known', () => {
    const parts = {
      file: caFile('/file'),
      dropIns: { 'a.conf': { Authentication: { x509: { clientCAFile: '/no' } } } },
    };
    expect(fact(parts)).toMatchObject({ state: 'known', value: '/file', origin: { from: 'file' } });
    expect(fact({ ...parts, file: {} })).toMatchObject({ state: 'known', value: '/no', origin: { from: 'drop-in' } });
    expect(fact(parts, 'authorization.mode')).toMatchObject({ state: 'known', value: 'Webhook' });
    expect(fact(parts, 'authentication.anonymous.enabled')).toMatchObject({ state: 'known', value: false });
  });

  it('compare the names of feature gates with their case', () => {
    const gate = (version: string) =>
      fact(
        { file: {}, dropIns: { 'a.conf': { featureGates: { rotatekubeletservercertificate: false } } }, version },
        'featureGates.RotateKubeletServerCertificate',
      );
    expect(gate('v1.34.9')).toMatchObject(unknown(/feature gate rotatekubeletservercertificate is in no list/));
  });

  it.each([
    ['without kind', '{"apiVersion":"kubelet.config.k8s.io/v1beta1"}', /a\.conf: kind is not/],
    ['without apiVersion', 'kind: KubeletConfiguration', /a\.conf: apiVersion is not/],
    ['that is empty', '', /a\.conf: it holds no settings/],
    [
      'with a key that is there twice',
      `${head}readOnlyPort: 1\nreadOnlyPort: 0\n`,
      /a\.conf: line 4, column 1: a key that is there twice/,
    ],
    [
      'with a key twice in JSON',
      '{"kind":"KubeletConfiguration","apiVersion":"kubelet.config.k8s.io/v1beta1","a":{"b":1,"b":1}}',
      /twice/,
    ],
    ['with a control character', `${head}# \u0007\n`, /a\.conf: .*a control character/],
    ['with a port that is none', { readOnlyPort: 70_000 }, /readOnlyPort is 70000, which is no port/],
    ['with a rate below 0', { eventRecordQPS: -1 }, /eventRecordQPS is -1/],
    ['with a mode that is none', { authorization: { mode: 'RBAC' } }, /authorization\.mode is neither/],
    [
      'that asks for a certificate with its gate off',
      { serverTLSBootstrap: true, featureGates: { RotateKubeletServerCertificate: false } },
      /serverTLSBootstrap is true, and the feature gate/,
    ],
    [
      'that asks for a certificate with all beta gates off',
      { serverTLSBootstrap: true, featureGates: { AllBeta: false } },
      /serverTLSBootstrap is true, and the feature gate/,
    ],
    ['with a wrong type', { readOnlyPort: '0' }, /a\.conf: readOnlyPort is not a plain whole number/],
    ['with a word for a group', { authentication: 'none' }, /a\.conf: authentication holds no settings/],
  ])('%s would keep a kubelet from starting: nothing below the flags is known', (_, dropIn, because) => {
    const parts = { file: caFile('/ca.crt'), dropIns: { 'a.conf': dropIn } };
    expect(fact(parts)).toMatchObject(unknown(because));
    expect(fact(parts, 'readOnlyPort')).toMatchObject(unknown(/would not start/));
    expect(fact({ ...parts, flags: ['--client-ca-file=/flag'] })).toMatchObject({ value: '/flag' });
  });

  it('are not judged by what this program does not read, and it does not say that a kubelet would not start', () => {
    const because = fact({ file: caFile('/ca.crt'), dropIns: { 'a.conf': `${head}staticPodPath: "x\ufffdy"\n` } });
    expect(because).toMatchObject(unknown(/does not read it/));
    expect(because).not.toMatchObject(unknown(/would not start/));
  });

  it('may spoil what a later one repairs: only what all make together counts', () => {
    expect(fact({ file: {}, dropIns: { 'a.conf': { authentication: [1] }, 'b.conf': caFile('/two') } })).toMatchObject({
      value: '/two',
      origin: { from: 'drop-in', file: `${dropInFolder}/b.conf` },
    });
  });

  it('are not merged beyond 10,000 values, however they are spread over files', () => {
    const lines = (file: number) => Array.from({ length: 300 }, (_, line) => `k${file}x${line}: 1\n`).join('');
    const files = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, file) => [`${10 + file}.conf`, `${head}${lines(file)}`]));

    expect(fact({ file: caFile('/ca.crt'), dropIns: files(3) })).toMatchObject({ state: 'known', value: '/ca.crt' });
    const because = fact({ file: caFile('/ca.crt'), dropIns: files(64) });
    expect(because).toMatchObject(unknown(/more than 10000 values to merge; this program does not read it/));
  });

  it('keep a timeout of 0 up to 1.31, and have the default from 1.32 on', () => {
    const timeout = (version: string) =>
      fact(
        { file: {}, dropIns: { 'a.conf': { streamingConnectionIdleTimeout: '0s' } }, version },
        'streamingConnectionIdleTimeout',
      );
    expect(timeout('v1.31.2')).toMatchObject({ value: '0s' });
    expect(timeout('v1.32.0')).toMatchObject({ value: '4h0m0s' });
  });

  it('may be of any kind up to 1.31', () => {
    const dropIns = { 'a.conf': 'kind: Foo\napiVersion: v1\nreadOnlyPort: 1\n' };
    expect(fact({ file: {}, dropIns, version: 'v1.29.14' }, 'readOnlyPort')).toMatchObject({ value: 1 });
    expect(fact({ file: {}, dropIns }, 'readOnlyPort')).toMatchObject(unknown(/kind is not KubeletConfiguration/));
  });

  it('are not read by the thousand', () => {
    const many = Object.fromEntries(Array.from({ length: 1001 }, (_, at) => [`${at}.conf`, {}]));
    expect(fact({ file: {}, dropIns: many })).toMatchObject(unknown(/more than 1000/));
  });

  it('are not believed when a listed path lies outside of the folder', () => {
    const node = nodeWith({ file: caFile('/ca.crt'), dropIns: {} });
    const outside = {
      ...node,
      directories: new Map([[dropInFolder, { status: 'read', files: ['/tmp/a.conf'] } as const]]),
      files: new Map([...node.files, ['/tmp/a.conf', { status: 'read', text: '' } as const]]),
    };
    const facts = effectiveConfiguration(outside, 'ssm');
    expect(facts.ok && facts.value.settings['authentication.x509.clientCAFile']).toMatchObject(unknown(/outside/));
  });
});

describe('a null in a drop-in', () => {
  const file = caFile('/ca.crt');

  it.each(['v1.34.9', 'v1.35.6-eks-1', '1.36.0'])('deletes the key on %s, and the default applies', (version) => {
    expect(fact({ file, dropIns: { 'a.conf': nullCa }, version })).toEqual({
      state: 'known',
      value: '',
      origin: { from: 'default', of: 'configuration file', deletedBy: '/etc/kubernetes/kubelet/config.json.d/a.conf' },
    });
  });

  it.each(['v1.29.14', 'v1.30.0', 'v1.31.9'])('changes nothing on %s', (version) => {
    expect(fact({ file, dropIns: { 'a.conf': nullCa }, version })).toMatchObject({
      state: 'known',
      value: '/ca.crt',
      origin: { from: 'file' },
    });
  });

  it('is not followed on 1.28, which merges unlike all others', () => {
    expect(fact({ file, dropIns: { 'a.conf': nullCa }, version: 'v1.28.15' })).toMatchObject(unknown(/1\.28 merges/));
  });

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

  it.each(['v1.29.14', 'v1.31.0', 'v1.34.9'])('does not matter on %s when a later drop-in sets the key', (version) => {
    expect(fact({ file, dropIns: { 'a.conf': nullCa, 'b.conf': caFile('/b') }, version })).toMatchObject({
      state: 'known',
      value: '/b',
    });
  });

  it('of a whole group deletes every key of it', () => {
    const parts = {
      file: { authentication: { x509: { clientCAFile: '/ca.crt' }, anonymous: { enabled: true } } },
      dropIns: { 'a.conf': { authentication: null } },
    };
    expect(fact(parts)).toMatchObject({ state: 'known', value: '' });
    expect(fact(parts, 'authentication.anonymous.enabled')).toMatchObject({
      state: 'known',
      value: false,
      origin: { from: 'default' },
    });
  });

  it('after another drop-in takes away on 1.29 what that one set, and no more', () => {
    expect(fact({ file, dropIns: { 'a.conf': caFile('/a'), 'b.conf': nullCa }, version: 'v1.29.14' })).toMatchObject({
      state: 'known',
      value: '/ca.crt',
    });
  });

  it('in another spelling of the key deletes nothing', () => {
    expect(
      fact({ file: { readOnlyPort: 10255 }, dropIns: { 'a.conf': { readonlyport: null } } }, 'readOnlyPort'),
    ).toMatchObject({ state: 'known', value: 10255, origin: { from: 'file' } });
  });

  it('without a main file leads to the default of a main file from 1.32 on, and changes nothing before', () => {
    const dropIns = { 'a.conf': { readOnlyPort: null, authentication: { x509: { clientCAFile: null } } } };
    expect(fact({ dropIns }, 'readOnlyPort')).toMatchObject({ state: 'known', value: 0 });
    expect(fact({ dropIns })).toMatchObject({ state: 'known', value: '' });
    expect(fact({ dropIns, version: 'v1.31.0' }, 'readOnlyPort')).toMatchObject({ state: 'known', value: 10255 });
  });
});

describe('--config-dir', () => {
  const parts = { file: caFile('/ca.crt'), dropIns: {} };
  const facts = (version: string, dropInDirectoryAlpha?: boolean) => {
    const read = effectiveConfiguration(
      { ...nodeWith({ ...parts, version }), ...(dropInDirectoryAlpha !== undefined && { dropInDirectoryAlpha }) },
      'ssm',
    );
    return read.ok && read.value.settings['authentication.x509.clientCAFile'];
  };

  it('is not known before 1.28', () => {
    expect(facts('v1.27.9')).toMatchObject(unknown(/before 1\.28/));
  });

  it('needs its environment variable on 1.29', () => {
    expect(facts('v1.29.14', false)).toMatchObject(unknown(/KUBELET_CONFIG_DROPIN_DIR_ALPHA/));
    expect(facts('v1.29.14', true)).toMatchObject({ state: 'known', value: '/ca.crt' });
    expect(facts('v1.29.14')).toMatchObject({ state: 'known', value: '/ca.crt' });
  });

  it('does not need it from 1.30 on', () => {
    expect(facts('v1.30.1', false)).toMatchObject({ state: 'known', value: '/ca.crt' });
  });
});
