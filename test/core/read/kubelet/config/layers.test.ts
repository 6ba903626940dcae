import { describe, expect, it } from 'vitest';
import { originText } from '../../../../../lambda/core/model/text/origin-text.ts';
import { effectiveConfiguration } from '../../../../../lambda/core/read/kubelet/effective.ts';
import { knownVersions } from '../../../../../lambda/core/read/kubelet/known-versions.ts';
import type { DirectorySnapshot, FileSnapshot, NodeFiles } from '../../../../../lambda/core/read/kubelet/node-files.ts';
import { caFile, dropInFolder, kubeletConfiguration, mainFile, nodeWith } from '../node-with.ts';

const notStarting = 'a kubelet would not start with it, so a kubelet that runs has read something else';
const read = (node: NodeFiles, via: 'ssm' | 'files' = 'ssm') => {
  const facts = effectiveConfiguration(node, via);
  if (!facts.ok) throw new Error(facts.error.because);
  return facts.value;
};
const reason = (node: NodeFiles): string | undefined => {
  const fact = read(node).settings.readOnlyPort;
  return fact.state === 'unknown' ? fact.because : undefined;
};
const unread = (what: string) =>
  [
    ['absent', `${what} is not there: what a running kubelet read is not known, and it would not start again`],
    ['refused', `${what} could not be read: permission denied`],
    ['not-saved', `${what} was not read`],
    ['not looked for', `${what} was not read`],
  ] as const;
type Unread = ReturnType<typeof unread>[number][0];
const snapshots = <T>(path: string, status: Unread, others: Iterable<readonly [string, T]> = []) => {
  const snapshot = status === 'refused' ? { status, because: 'permission\u0007denied' } : { status };
  return new Map([...others, ...(status === 'not looked for' ? [] : [[path, snapshot as T] as const])]);
};

describe('the main file', () => {
  it.each(unread(`the configuration file ${mainFile}`))('that is %s is a reason for nothing: %s', (status, because) => {
    const files = snapshots<FileSnapshot>(mainFile, status);
    expect(reason({ ...nodeWith({ file: {} }), files })).toBe(because);
  });

  // The machines of directed-machines.test.ts ask for the others.
  const notReadHere = 'this program does not read it, and does not know what the kubelet makes of it';
  it.each<[object | string, string | undefined]>([
    ['a: "1\ufffd"', `${mainFile}: a character that may stand for bytes that are no UTF-8; ${notReadHere}`],
    [{ readOnlyPort: 65_536 }, `readOnlyPort is 65536, which is no port; ${notStarting}`],
    [{ readOnlyPort: 65_535, eventRecordQPS: 0, authorization: { mode: 'AlwaysAllow' } }, undefined],
    [{ serverTLSBootstrap: false, featureGates: { AllBeta: false } }, undefined],
    [{ serverTLSBootstrap: true, featureGates: { AllBeta: false, RotateKubeletServerCertificate: true } }, undefined],
    [{ serverTLSBootstrap: true, featureGates: { AllBeta: true } }, undefined],
  ])('says why no kubelet runs with it, where none does: %j', (file, because) => {
    expect(reason(nodeWith({ file }))).toBe(because);
  });

  it('has gates that are judged by the lists of its version, where those are known', () => {
    const { oldest, newest } = knownVersions;
    const times = new Map([[mainFile, { modified: 2, changed: 2 }]]);
    const ofVersion = (minor: number, startedAt = 1) =>
      reason({ ...nodeWith({ file: { featureGates: { X: true } }, version: `v1.${minor}.0` }), startedAt, times });
    for (const minor of [oldest, newest]) expect(ofVersion(minor)).toMatch(/^the feature gate X is in no list/);
    for (const minor of [oldest - 1, newest + 1]) expect(ofVersion(minor) ?? '').not.toMatch(/feature gate/);
    // A kubelet that has started with the file knows the gate, and the list doesn't.
    expect(ofVersion(newest, 3)).toBeUndefined();
  });

  it('has gates over which those of flags count', () => {
    const file = { serverTLSBootstrap: true, featureGates: { RotateKubeletServerCertificate: false } };
    const flags = ['--feature-gates=RotateKubeletServerCertificate=true'];
    expect(reason(nodeWith({ file, flags }))).toBeUndefined();
  });

  it('that is relative is not known without the working directory', () => {
    const { workingDirectory: _, ...node } = nodeWith({ flags: ['--config=k\u0007.json'] });
    expect(reason(node)).toBe('--config k .json is relative, and the working directory is not known');
  });

  it('names at most five keys in the wrong case, each once, and only where a kubelet would look', () => {
    const notes = (file: object) => read(nodeWith({ file })).notes;
    const note = (key: string) => `${mainFile} has the key ${key}, which the kubelet ignores: case matters there`;
    const others = ['ReadOnlyPort', 'STREAMINGCONNECTIONIDLETIMEOUT', 'protectkernelDefaults', 'eventRecordqps'];
    const keys = ['Authentication', 'AuthorizatioN', ...others];
    const file = Object.fromEntries(keys.map((key) => [key, key === 'AuthorizatioN' ? { Mode: 1 } : 1]));
    expect(notes(file)).toEqual(keys.slice(0, 5).map(note));
    expect(notes({ authentication: { X509: {}, anonymous: { Enabled: true } }, x509: { clientCaFile: 1 } })).toEqual(
      ['X509', 'Enabled'].map(note),
    );
  });

  it('of Windows has a relative CA in its own folder', () => {
    const [file, text] = ['C:\\k\\config.json', kubeletConfiguration(caFile('ca.crt'))];
    const node: NodeFiles = {
      commandLine: { from: 'proc', arguments: ['kubelet', '--kubeconfig=C:\\k\\k', `--config=${file}`] },
      files: new Map([[file, { status: 'read', text }]]),
      directories: new Map(),
    };
    const fact = read(node).settings['authentication.x509.clientCAFile'];
    expect(fact).toEqual({ state: 'known', value: 'C:\\k\\ca.crt', origin: { from: 'file', file } });
  });
});

describe('the drop-in directory', () => {
  const node = nodeWith({ file: caFile('/ca'), dropIns: { 'a.conf': { readOnlyPort: 1 } } });
  const withFiles = (files: readonly string[], folder = dropInFolder): NodeFiles => ({
    ...nodeWith({ file: {}, flags: [`--config-dir=${folder}`] }),
    directories: new Map([[dropInFolder, { status: 'read', files }]]),
  });

  it.each(unread(`the drop-in directory ${dropInFolder}`))('that is %s says why: %s', (status, because) => {
    expect(reason({ ...node, directories: snapshots<DirectorySnapshot>(dropInFolder, status) })).toBe(because);
  });

  const path = `${dropInFolder}/a.conf`;
  it.each(unread(`the drop-in ${path}`))('says why where a file of it is %s: %s', (status, because) => {
    const main = [...node.files].filter(([each]) => each === mainFile);
    expect(reason({ ...node, files: snapshots<FileSnapshot>(path, status, main) })).toBe(because);
  });

  const elsewhere = [`${dropInFolder}x/a.conf`, `${dropInFolder.replace('k', 'q')}/a.conf`, '/a.conf'];
  it.each([...elsewhere, `${dropInFolder}.conf`])('holds no file that is elsewhere: %s', (path) => {
    expect(reason(withFiles([path]))).toBe(`the drop-in ${path} is outside of ${dropInFolder}`);
  });

  it('of Windows holds files behind either slash', () => {
    const folder = 'C:\\d';
    const of = (path: string) => {
      const directories = new Map([[folder, { status: 'read', files: [path] } as const]]);
      const { workingDirectory: _, ...rest } = nodeWith({ file: {}, flags: [`--config-dir=${folder}`] });
      return reason({ ...rest, directories });
    };
    for (const path of ['C:\\d\\a.conf', 'C:\\d/a.conf']) expect(of(path)).toBe(`the drop-in ${path} was not read`);
    for (const path of ['C:\\da.conf', 'C:\\dx\\a.conf'])
      expect(of(path)).toBe(`the drop-in ${path} is outside of ${folder}`);
    expect(reason(withFiles([`${dropInFolder}\\a.conf`]))).toMatch(/is outside of/);
  });

  it('holds 1,000 files at most', () => {
    const many = (count: number) => Array.from({ length: count }, (_, at) => `${dropInFolder}/${at}.yaml`);
    expect(reason(withFiles(many(1000)))).toBeUndefined();
    expect(reason(withFiles(many(1001)))).toBe(`the drop-in directory ${dropInFolder} holds more than 1000 files`);
  });

  it('that is relative is not known without the working directory', () => {
    const { workingDirectory: _, ...relative } = withFiles([], 'conf.d');
    expect(reason(relative)).toBe('--config-dir conf.d is relative, and the working directory is not known');
  });

  const noVariable =
    '--config-dir is given without KUBELET_CONFIG_DROPIN_DIR_ALPHA, and a kubelet before 1.30 would not start';
  it.each([
    ['v1.27.9', undefined, '--config-dir is given, which a kubelet before 1.28 does not know'],
    ['v1.28.1', false, noVariable],
    ['v1.28.1', true, 'a kubelet 1.28 merges drop-ins unlike all others, which this program does not follow'],
    ['v1.29.1', false, noVariable],
    ['v1.29.1', true, undefined],
    ['v1.30.0', false, undefined],
  ])('needs a kubelet that knows it: %s, with the variable: %s', (kubeletVersion, alpha, because) => {
    const withAlpha = alpha === undefined ? {} : { dropInDirectoryAlpha: alpha };
    expect(reason({ ...node, kubeletVersion, ...withAlpha })).toBe(because);
  });

  it('says that a version was assumed only where that could matter', () => {
    const { kubeletVersion: _, ...unversioned } = node;
    const bySavedFiles = 'by the saved files: whether the kubelet was started with them is not known';
    const assumed = "the kubelet's version is not known; its drop-ins were read as 1.34 or newer reads them";
    expect(read(unversioned, 'files').notes).toEqual([bySavedFiles, assumed]);
    expect(read(node, 'files').notes).toEqual([bySavedFiles]);
    expect(read({ ...unversioned, directories: withFiles([]).directories }, 'files').notes).toEqual([bySavedFiles]);
    expect(read(unversioned).notes).toEqual([]);
  });

  it('has faults that its files make together, named with the last of them', () => {
    const because = `${dropInFolder}/b.conf: authentication holds no settings; ${notStarting}`;
    expect(reason(nodeWith({ file: {}, dropIns: { 'a.conf': { authentication: 'x' }, 'b.conf': {} } }))).toBe(because);
  });
});

it('a value that a drop-in spoiled, and a later one did not mention, comes from the first of them', () => {
  const dropIns = { 'a.conf': { authentication: 7 }, 'b.conf': { authentication: { anonymous: { enabled: true } } } };
  const { settings } = read(nodeWith({ file: { ...caFile('/ca'), readOnlyPort: 1 }, dropIns }));
  const from = (file: string) => ({ from: 'drop-in', file: `${dropInFolder}/${file}` });
  expect(settings).toMatchObject({
    'authentication.x509.clientCAFile': { value: '', origin: from('a.conf') },
    'authentication.anonymous.enabled': { value: true, origin: from('b.conf') },
    readOnlyPort: { value: 1, origin: { from: 'file', file: mainFile } },
  });
});

const [drop, main] = [`drop-in ${dropInFolder}/a.conf`, `file ${mainFile}`];
it.each([
  [{ readOnlyPort: 1 }, drop],
  [{ READONLYPORT: 1 }, main],
  [{ readOnlyPort: 1, READONLYPORT: 1 }, drop],
  [{ READONLYPORT: null, readOnlyPort: 1 }, drop],
  [{ readonlyport: 2 }, drop],
  [{ other: 2 }, main],
  [{ READONLYPORT: null }, main],
  [{ readOnlyPort: null }, `default (configuration file), since ${drop} deletes it`],
])(
  'where a value comes from is the last that sets it in the very key, or the one that deletes it: %j',
  (dropIn, origin) => {
    const { settings } = read(nodeWith({ file: { readOnlyPort: 1 }, dropIns: { 'a.conf': dropIn } }));
    const fact = settings.readOnlyPort;
    expect(fact.state === 'known' && originText(fact.origin)).toBe(origin);
  },
);
