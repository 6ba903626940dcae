import { describe, expect, it } from 'vitest';
import { effectiveConfiguration } from '../../../../../lambda/core/read/kubelet/effective.ts';
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
const notHad = ['absent', 'refused', 'not-saved', 'not looked for'] as const;
const unread = (what: string) => ({
  absent: `${what} is not there: what a running kubelet read is not known, and it would not start again`,
  refused: `${what} could not be read: permission denied`,
  'not-saved': `${what} was not read`,
  'not looked for': `${what} was not read`,
});
const entry = <T>(path: string, status: (typeof notHad)[number], others: readonly (readonly [string, T])[] = []) => {
  const snapshot = status === 'refused' ? ({ status, because: 'permission\u0007denied' } as const) : { status };
  return new Map<string, T | { readonly status: string }>(
    status === 'not looked for' ? others : [...others, [path, snapshot]],
  );
};

describe('the main file', () => {
  it.each(notHad)('that is %s says why nothing is known', (status) => {
    const files = entry<FileSnapshot>(mainFile, status) as Map<string, FileSnapshot>;
    expect(reason({ ...nodeWith({ file: {} }), files })).toBe(unread(`the configuration file ${mainFile}`)[status]);
  });

  it.each([
    ['hello', `${mainFile}: it holds no settings; ${notStarting}`],
    ['{"kind":"KubeletConfiguration"}', `${mainFile}: apiVersion is not kubelet.config.k8s.io/v1beta1; ${notStarting}`],
    [
      kubeletConfiguration({ readOnlyPort: 'x' }),
      `${mainFile}: readOnlyPort is not a plain whole number; ${notStarting}`,
    ],
    [
      'a: "1\ufffd b"',
      `${mainFile}: a character that may stand for bytes that are no UTF-8; this program does not read it, and does not know what the kubelet makes of it`,
    ],
    [kubeletConfiguration({ readOnlyPort: -1 }), `readOnlyPort is -1, which is no port; ${notStarting}`],
    [kubeletConfiguration({ readOnlyPort: 65_536 }), `readOnlyPort is 65536, which is no port; ${notStarting}`],
    [kubeletConfiguration({ eventRecordQPS: -1 }), `eventRecordQPS is -1, and may not be below 0; ${notStarting}`],
    [
      kubeletConfiguration({ authorization: { mode: 'webhook' } }),
      `authorization.mode is neither Webhook nor AlwaysAllow; ${notStarting}`,
    ],
    [
      kubeletConfiguration({ serverTLSBootstrap: true, featureGates: { AllBeta: false } }),
      `serverTLSBootstrap is true, and the feature gate that it needs, RotateKubeletServerCertificate, is off; ${notStarting}`,
    ],
  ])('with which no kubelet runs says why: %s', (file, because) => {
    expect(reason(nodeWith({ file }))).toBe(because);
  });

  it.each([
    { readOnlyPort: 0 },
    { readOnlyPort: 65_535 },
    { eventRecordQPS: 0 },
    { authorization: { mode: 'AlwaysAllow' } },
    { serverTLSBootstrap: false, featureGates: { AllBeta: false } },
    { serverTLSBootstrap: true, featureGates: { AllBeta: false, RotateKubeletServerCertificate: true } },
    { serverTLSBootstrap: true, featureGates: { AllBeta: true } },
  ])('with which a kubelet runs is believed: %j', (file) => {
    expect(reason(nodeWith({ file }))).toBeUndefined();
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
    const wrong = {
      Authentication: 1,
      AuthorizatioN: { Mode: 1 },
      ReadOnlyPort: 1,
      STREAMINGCONNECTIONIDLETIMEOUT: 1,
      protectkernelDefaults: 1,
      eventRecordqps: 1,
    };
    expect(notes(wrong)).toEqual(
      [
        'Authentication',
        'AuthorizatioN',
        'ReadOnlyPort',
        'STREAMINGCONNECTIONIDLETIMEOUT',
        'protectkernelDefaults',
      ].map(note),
    );
    expect(notes({ authentication: { X509: {}, anonymous: { Enabled: true } }, x509: { clientCaFile: 1 } })).toEqual(
      ['X509', 'Enabled'].map(note),
    );
  });

  it('of Windows has a relative CA in its own folder', () => {
    const node: NodeFiles = {
      commandLine: { from: 'proc', arguments: ['kubelet', '--kubeconfig=C:\\k\\k', '--config=C:\\k\\config.json'] },
      files: new Map([['C:\\k\\config.json', { status: 'read', text: kubeletConfiguration(caFile('ca.crt')) }]]),
      directories: new Map(),
    };
    expect(read(node).settings['authentication.x509.clientCAFile']).toEqual({
      state: 'known',
      value: 'C:\\k\\ca.crt',
      origin: { from: 'file', file: 'C:\\k\\config.json' },
    });
  });

  it('has a zero that counts as left out from the default, and any other from itself', () => {
    const { settings } = read(
      nodeWith({ file: { authorization: { mode: '' }, streamingConnectionIdleTimeout: '0s', eventRecordQPS: 0 } }),
    );
    const byDefault = { from: 'default', of: 'configuration file' };
    expect(settings['authorization.mode']).toEqual({ state: 'known', value: 'Webhook', origin: byDefault });
    expect(settings.streamingConnectionIdleTimeout).toEqual({ state: 'known', value: '4h0m0s', origin: byDefault });
    expect(settings.eventRecordQPS).toEqual({
      state: 'known',
      value: 0,
      origin: { from: 'file', file: mainFile },
    });
  });
});

describe('the drop-in directory', () => {
  const node = nodeWith({ file: caFile('/ca'), dropIns: { 'a.conf': { readOnlyPort: 1 } } });
  const withFiles = (files: readonly string[], folder = dropInFolder): NodeFiles => ({
    ...nodeWith({ file: {}, flags: [`--config-dir=${folder}`] }),
    directories: new Map([[dropInFolder, { status: 'read', files }]]),
  });

  it.each(notHad)('that is %s says why nothing is known', (status) => {
    const directories = entry<DirectorySnapshot>(dropInFolder, status) as Map<string, DirectorySnapshot>;
    expect(reason({ ...node, directories })).toBe(unread(`the drop-in directory ${dropInFolder}`)[status]);
  });

  it.each(notHad)('says why nothing is known where a file of it is %s', (status) => {
    const path = `${dropInFolder}/a.conf`;
    const main = [...node.files].filter(([each]) => each === mainFile);
    const files = entry<FileSnapshot>(path, status, main) as Map<string, FileSnapshot>;
    expect(reason({ ...node, files })).toBe(unread(`the drop-in ${path}`)[status]);
  });

  it('that the kubelet does not walk is as good as empty, and a note says so', () => {
    const directories = new Map([[dropInFolder, { status: 'not-walked' } as const]]);
    const facts = read({ ...node, directories });
    expect(facts.settings.readOnlyPort).toMatchObject({ state: 'known', value: 0 });
    expect(facts.notes).toEqual([
      `${dropInFolder} is a link or no directory: the kubelet does not look into it, so no drop-in counts`,
    ]);
  });

  it.each([`${dropInFolder}x/a.conf`, `${dropInFolder.replace('k', 'q')}/a.conf`, '/a.conf', `${dropInFolder}.conf`])(
    'holds no file that lies elsewhere: %s',
    (path) => {
      expect(reason(withFiles([path]))).toBe(`the drop-in ${path} lies outside of ${dropInFolder}`);
    },
  );

  it('holds files of its sub-folders too', () => {
    const path = `${dropInFolder}/site/a.conf`;
    const files = new Map([
      ...node.files,
      [path, { status: 'read', text: kubeletConfiguration({ readOnlyPort: 2 }) }],
    ] as const);
    expect(read({ ...withFiles([path]), files }).settings.readOnlyPort).toEqual({
      state: 'known',
      value: 2,
      origin: { from: 'drop-in', file: path },
    });
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

  it.each([
    ['v1.27.9', undefined, '--config-dir is given, which a kubelet before 1.28 does not know'],
    [
      'v1.28.1',
      false,
      '--config-dir is given without KUBELET_CONFIG_DROPIN_DIR_ALPHA, and a kubelet before 1.30 would not start',
    ],
    ['v1.28.1', true, 'a kubelet 1.28 merges drop-ins unlike all others, which this program does not follow'],
    [
      'v1.29.1',
      false,
      '--config-dir is given without KUBELET_CONFIG_DROPIN_DIR_ALPHA, and a kubelet before 1.30 would not start',
    ],
    ['v1.29.1', true, undefined],
    ['v1.30.0', false, undefined],
  ])('needs a kubelet that knows it: %s, with the variable: %s', (kubeletVersion, alpha, because) => {
    expect(reason({ ...node, kubeletVersion, ...(alpha !== undefined && { dropInDirectoryAlpha: alpha }) })).toBe(
      because,
    );
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

  it('has faults that no kubelet starts with, told by file', () => {
    const dropIn = (content: object | string) =>
      reason(nodeWith({ file: {}, dropIns: { 'a.conf': content, 'b.conf': {} } }));
    expect(dropIn('hello')).toBe(`${dropInFolder}/a.conf: it holds no settings; ${notStarting}`);
    expect(dropIn({ authentication: 'x' })).toBe(
      `${dropInFolder}/b.conf: authentication holds no settings; ${notStarting}`,
    );
    expect(reason(nodeWith({ file: {}, dropIns: { 'a.conf': { readOnlyPort: 'x' } } }))).toBe(
      `${dropInFolder}/a.conf: readOnlyPort is not a plain whole number; ${notStarting}`,
    );
  });
});

describe('where a value comes from', () => {
  const origin = (dropIn: object, file: object = { readOnlyPort: 1 }) => {
    const fact = read(nodeWith({ file, dropIns: { 'a.conf': dropIn } })).settings.readOnlyPort;
    return fact.state === 'known' ? fact.origin : undefined;
  };
  const byDropIn = { from: 'drop-in', file: `${dropInFolder}/a.conf` };
  const byFile = { from: 'file', file: mainFile };

  it('is the drop-in that says the same in the very key, not one that misspells it', () => {
    expect(origin({ readOnlyPort: 1 })).toEqual(byDropIn);
    expect(origin({ READONLYPORT: 1 })).toEqual(byFile);
    expect(origin({ readOnlyPort: 1, READONLYPORT: 1 })).toEqual(byDropIn);
    expect(origin({ READONLYPORT: null, readOnlyPort: 1 })).toEqual(byDropIn);
    expect(origin({ readonlyport: 2 })).toEqual(byDropIn);
    expect(origin({ other: 2 })).toEqual(byFile);
  });

  it('is the default where a drop-in deletes the key, and the file where another spelling is deleted', () => {
    expect(origin({ readOnlyPort: null })).toEqual({
      from: 'default',
      of: 'configuration file',
      deletedBy: `${dropInFolder}/a.conf`,
    });
    expect(origin({ READONLYPORT: null })).toEqual(byFile);
  });
});
