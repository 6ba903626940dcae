import type { About } from '../../../../lambda/core/judge/control.ts';
import type { KubeletFacts, Via } from '../../../../lambda/core/model/model.ts';
import type { FileFact, FileFacts } from '../../../../lambda/core/model/node-facts.ts';
import { type SettingValue, settingPaths, settings } from '../../../../lambda/core/model/settings.ts';
import { readConfigz } from '../../../../lambda/core/read/kubelet/configz/configz.ts';
import { effectiveConfiguration } from '../../../../lambda/core/read/kubelet/effective.ts';
import type { NodeFiles } from '../../../../lambda/core/read/kubelet/node-files.ts';
import { settingFacts, unknownFact } from '../../../../lambda/core/read/kubelet/setting-facts.ts';
import { nodeWith } from '../../read/kubelet/node-with.ts';

/** One thing that is different from a compliant kubelet: a file of test/fixtures/controls holds those of a control. */
export interface Change {
  readonly file?: object;
  readonly dropIn?: object;
  readonly flags?: readonly string[];
  readonly noFile?: boolean;
  /** The mode is in octal digits. */
  readonly files?: Partial<
    Record<
      keyof FileFacts,
      Partial<Record<'mode' | 'owner' | 'group' | 'unknown', string>> & { readonly notNamed?: boolean }
    >
  >;
}
export type Source = Exclude<Via, 'wire'>;

const compliantFile = {
  authentication: { anonymous: { enabled: false }, x509: { clientCAFile: '/etc/kubernetes/pki/ca.crt' } },
  authorization: { mode: 'Webhook' },
  readOnlyPort: 0,
  streamingConnectionIdleTimeout: '4h0m0s',
  protectKernelDefaults: true,
  makeIPTablesUtilChains: true,
  eventRecordQPS: 50,
  rotateCertificates: true,
  serverTLSBootstrap: true,
  featureGates: { RotateKubeletServerCertificate: true },
};

/** What a source sees of a compliant kubelet with one thing changed; each through the program's own reader of that source. */
export function subject(via: Source, change: Change = {}): KubeletFacts {
  const seen = fromFiles(via === 'files' ? 'files' : 'ssm', change);

  switch (via) {
    case 'files':
      return seen;
    case 'ssm':
      return { ...seen, files: { kubeconfig: file('kubeconfig', change), config: file('config', change) } };
    case 'direct':
      return { ...fromConfigz(seen), via };
    case 'configz':
      return fromConfigz(seen);
    case 'tls': {
      const ca = seen.settings['authentication.x509.clientCAFile'];
      const other = unknownFact('not in a handshake');
      const known = settingFacts((path) => (path === 'authentication.x509.clientCAFile' ? ca : other));
      return { via, settings: known, notes: [] };
    }
  }
}

function fromFiles(via: 'ssm' | 'files', { file: changed = {}, dropIn, flags = [], noFile }: Change): KubeletFacts {
  const node: NodeFiles = nodeWith({
    flags,
    ...(noFile ? {} : { file: patched(compliantFile, changed) }),
    ...(dropIn && { dropIns: { '40-nodeadm.conf': dropIn } }),
  });
  const facts = effectiveConfiguration(node, via);
  if (!facts.ok) throw new Error(facts.error.because);
  return facts.value;
}

/** The running configuration that such files lead to, as configz shows it: zeros of `omitempty` keys are left out. */
function fromConfigz(seen: KubeletFacts): KubeletFacts {
  const tree: Record<string, unknown> = { authentication: { x509: {} } };
  for (const path of settingPaths) {
    const fact = seen.settings[path];
    const value = fact.state === 'known' ? fact.value : undefined;
    if (value !== undefined && value !== settings[path].absentInConfigz) put(tree, path.split('.'), value);
  }

  const facts = readConfigz(JSON.stringify({ kubeletconfig: tree }));
  if (!facts.ok) throw new Error(facts.error.because);
  return facts.value;
}

function put(tree: Record<string, unknown>, [step = '', ...rest]: readonly string[], value: SettingValue): void {
  const below = (tree[step] ?? {}) as Record<string, unknown>;
  tree[step] = rest.length === 0 ? value : below;
  if (rest.length > 0) put(below, rest, value);
}

function file(name: keyof FileFacts, { files = {} }: Change): FileFact {
  const { mode = '644', owner = 'root', group = 'root', unknown, notNamed } = files[name] ?? {};
  if (unknown !== undefined) return { state: 'unknown', because: unknown };
  if (notNamed) return { state: 'not-named' };
  return { state: 'known', path: `/etc/kubernetes/${name}`, mode: Number.parseInt(mode, 8), owner, group };
}

/** RFC 7386, so that `null` takes a key away. */
function patched(base: object, patch: object): object {
  const merged = new Map<string, unknown>(Object.entries(base));
  for (const [key, value] of Object.entries(patch)) {
    const before = merged.get(key);
    if (value === null) merged.delete(key);
    else merged.set(key, isObject(value) ? patched(isObject(before) ? before : {}, value) : value);
  }
  return Object.fromEntries(merged);
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** What a source can say at all of what a control is about: nothing follows from a change that it does not see. */
export function seenBy(via: Source, { kind, ...about }: About): boolean {
  if (kind === 'setting') return via !== 'tls' || Object(about).setting === 'authentication.x509.clientCAFile';
  if (kind === 'flag') return via === 'ssm' || via === 'files';
  return kind !== 'cluster' && (kind === 'connection' ? via === 'direct' || via === 'tls' : via === 'ssm');
}
