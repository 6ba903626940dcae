import { err, ok, type Result } from '../../../model/result.ts';
import type { SettingPath } from '../../../model/settings.ts';
import { isTreeMap, type TreeMap } from '../../../read/kubelet/documents/tree.ts';
import { bottlerocketConfig } from '../eks-defaults.ts';
import { firstFacts } from '../next-facts.ts';
import { lineOf } from '../places.ts';
import {
  type Joins,
  type NextNode,
  type NextNodeOptions,
  type NextNodePiece,
  type SettingPlace,
  unknownNode,
} from '../types.ts';
import { gunzipped, isGzip, latin1, tableOf, tomlDocument } from '../user-data/encodings.ts';

const configFile = '/etc/kubernetes/kubelet/config';

/** EC2 takes 16 KB; the parser's work is bounded by this. */
const longestToml = 64 * 1024;

/** A node of Bottlerocket: what its settings can express, and the template that they fill. */
export function bottlerocketNode(options: NextNodeOptions): NextNode {
  const read = settingsOf(options);
  if (!read.ok) return read.error;
  const { values, places, hasSettings } = read.value;

  const standalone = values['standalone-mode'] === true;
  const eventQps = values['event-qps'];
  const hasCertificate = isText(values['server-certificate']) && isText(values['server-key']);
  const bootstrap = values['server-tls-bootstrap'];
  const override = values['hostname-override'];
  const wrong = wrongType(values);
  if (wrong !== undefined) return stopped(`settings.kubernetes.${wrong} has a type that it cannot have`);

  const first = firstFacts({
    flags: [
      `--config=${configFile}`,
      ...(standalone ? [] : ['--kubeconfig=/etc/kubernetes/kubelet/kubeconfig']),
      `--hostname-override=${isText(override) ? override : "(the instance's own name)"}`,
    ],
    configFile,
    config: bottlerocketConfig({
      standalone,
      eventQps: typeof eventQps === 'number' ? eventQps : undefined,
      serverTlsBootstrap: hasCertificate ? undefined : bootstrap !== false,
    }),
    kubeletMinor: options.kubeletMinor,
    notes: [
      `not running yet: what a new node (Bottlerocket, Kubernetes 1.${options.kubeletMinor}) will run, by its settings`,
    ],
    placeOf: (setting) => placeOf(setting, places),
    nameOf: () => undefined,
  });
  const joins = joinsOf({ standalone, values, hasSettings, fault: first.fault, options });
  return { reading: first.reading, joins, places: first.places };
}

interface Settings {
  /** Of `settings.kubernetes`, by key. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly places: ReadonlyMap<string, SettingPlace>;
  readonly hasSettings: boolean;
}

function settingsOf({ pieces }: NextNodeOptions): Result<Settings, NextNode> {
  let values: Record<string, unknown> = {};
  let hasSettings = false;
  const places = new Map<string, SettingPlace>();
  for (const [piece, given] of pieces.entries()) {
    const read = given.from === 'kubelet' ? ok(renderedSettings(given.config, piece)) : settingsInToml(given, piece);
    if (!read.ok) return read;
    const kept = (key: string): boolean =>
      given.from !== 'user-data' ||
      given.by !== 'karpenter' ||
      (kubernetesSettings.has(key) && !unknownToKarpenter.has(key));
    values = { ...values, ...Object.fromEntries(Object.entries(read.value.values).filter(([key]) => kept(key))) };
    for (const [key, place] of read.value.places) if (kept(key)) places.set(key, place);
    hasSettings ||= read.value.hasSettings;
  }
  return ok({ values, places, hasSettings });
}

/** What eksctl renders of its `bottlerocket.settings`. */
function renderedSettings(settings: TreeMap | undefined, piece: number): Settings {
  const kubernetes = settings?.get('kubernetes');
  const values: Record<string, unknown> = isTreeMap(kubernetes) ? Object.fromEntries(kubernetes) : {};
  const places = new Map(judgedOf(values).map((key) => [key, { piece, keys: ['kubernetes', key] }]));
  return { values, places, hasSettings: settings !== undefined };
}

function settingsInToml(
  { bytes }: Exclude<NextNodePiece, { readonly from: 'kubelet' }>,
  piece: number,
): Result<Settings, NextNode> {
  const opened = isGzip(bytes) ? gunzipped(bytes) : ok(bytes);
  if (!opened.ok) return err(unknownNode(opened.error.because));
  if (opened.value.length > longestToml) return err(unknownNode(`the user data is longer than ${longestToml} bytes`));

  const toml = tomlDocument(opened.value);
  if (!toml.ok)
    return err(
      toml.error === 'not-read'
        ? unknownNode('TOML that is nested too deep or has a key __proto__')
        : stopped(`the user data is no TOML, ${toml.error}`),
    );
  const settings = tableOf(toml.value['settings']);
  if (settings === undefined && 'settings' in toml.value) return err(stopped('settings is no table'));
  const containers = ['bootstrap-containers', 'host-containers', 'bootstrap-commands'].find((key) =>
    mayRun(settings?.[key], key),
  );
  if (containers !== undefined) return err(unknownNode(`settings.${containers} may change the kubelet's settings`));

  const kubernetes = tableOf(settings?.['kubernetes']);
  if (settings !== undefined && 'kubernetes' in settings && kubernetes === undefined)
    return err(stopped('settings.kubernetes is no table'));
  const place = (key: string): SettingPlace => ({
    piece,
    ...(opened.value === bytes ? placeIn(bytes, key) : { behind: 'encoding' }),
    keys: [key],
  });
  return ok({
    values: kubernetes ?? {},
    places: new Map(judgedOf(kubernetes ?? {}).map((key) => [key, place(key)])),
    hasSettings: settings !== undefined,
  });
}

/** `enabled = false` alone, as the default admin container has it, runs nothing. */
const mayRun = (value: unknown, key: string): boolean =>
  key === 'host-containers'
    ? Object.entries(tableOf(value) ?? {}).some(
        ([name, each]) => !['admin', 'control'].includes(name) || 'source' in (tableOf(each) ?? {}),
      )
    : value !== undefined;

const stopped = (because: string): NextNode => ({
  ...unknownNode(`Bottlerocket does not take the user data: ${because}`),
  joins: { status: 'no', by: 'bootstrap', because: `Bottlerocket does not take the user data: ${because}` },
});

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

function wrongType(values: Readonly<Record<string, unknown>>): string | undefined {
  const booleans = ['standalone-mode', 'server-tls-bootstrap'];
  const wrong = booleans.find((key) => key in values && typeof values[key] !== 'boolean');
  if (wrong !== undefined) return wrong;
  return 'event-qps' in values && !(Number.isInteger(values['event-qps']) && Number(values['event-qps']) >= 0)
    ? 'event-qps'
    : undefined;
}

/** Which setting of Bottlerocket decides about one of the kubelet. */
const keysOf: Partial<Readonly<Record<SettingPath, readonly string[]>>> = {
  'authentication.x509.clientCAFile': ['standalone-mode'],
  'authentication.anonymous.enabled': ['standalone-mode'],
  'authentication.webhook.enabled': ['standalone-mode'],
  'authorization.mode': ['standalone-mode'],
  eventRecordQPS: ['event-qps'],
  serverTLSBootstrap: ['server-key', 'server-certificate', 'server-tls-bootstrap'],
};

const judgedOf = (values: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.values(keysOf)
    .flat()
    .filter((key) => key in values);

const placeOf = (setting: SettingPath, places: ReadonlyMap<string, SettingPlace>): SettingPlace | undefined =>
  keysOf[setting]?.map((key) => places.get(key)).find((place) => place !== undefined);

/** Where a key is written, unless the text has it twice. */
function placeIn(bytes: Uint8Array, key: string): Pick<SettingPlace, 'line' | 'value' | 'entry'> {
  const text = latin1(bytes).replaceAll(/^[ \t]*#.*$/gm, (comment) => ' '.repeat(comment.length));
  const pairs = text.matchAll(/(?<=^|[\s{,.])(["']?)([\w-]+)\1[ \t]*=[ \t]*("[^"\n]*"|'[^'\n]*'|[^\s,{}#]+)/gm);
  const [found, another] = [...pairs].filter(([, , name]) => name === key);
  if (!found || another) return {};
  const end = found.index + found[0].length;
  const value = { start: end - (found[3]?.length ?? 0), end };
  return { line: lineOf(bytes, value.start), value, entry: { start: found.index, end } };
}

function joinsOf(given: {
  readonly standalone: boolean;
  readonly values: Readonly<Record<string, unknown>>;
  readonly hasSettings: boolean;
  readonly fault: string | undefined;
  readonly options: NextNodeOptions;
}): Joins {
  const { standalone, values, hasSettings, fault, options } = given;
  if (options.pieces.length > 0 && !hasSettings && options.cluster === 'whole')
    return { status: 'no', by: 'bootstrap', because: 'the user data has no settings' };
  const unknown = Object.keys(values).find((key) => !kubernetesSettings.has(key));
  if (unknown !== undefined)
    return {
      status: 'unknown',
      because:
        'settings.kubernetes has a key that this program does not know; Bottlerocket rejects all of it where it does not know one',
    };
  if (fault !== undefined) return { status: 'no', by: 'kubelet', because: `the kubelet would not start: ${fault}` };
  if (standalone)
    return {
      status: 'no-cluster',
      because: 'settings.kubernetes.standalone-mode is on: its kubelet serves no cluster',
    };

  const missing = ['cluster-name', 'api-server', 'cluster-certificate'].find((key) => !isText(values[key]));
  return options.cluster === 'whole' && missing !== undefined
    ? { status: 'no', by: 'bootstrap', because: `settings.kubernetes.${missing} is missing` }
    : { status: 'yes' };
}

/**
 * The keys of `settings.kubernetes`. Source: bottlerocket-os/bottlerocket-settings-sdk `bottlerocket-settings-models/settings-extensions/kubernetes`,
 * bottlerocket-core-kit `packages/kubernetes-1.35/kubelet-config`.
 */
const kubernetesSettings: ReadonlySet<string> = new Set(
  `allowed-unsafe-sysctls api-server authentication-mode bootstrap-token cloud-provider cluster-certificate cluster-dns-ip cluster-domain cluster-name
  container-log-max-files container-log-max-size container-log-max-workers container-log-monitor-interval cpu-cfs-quota-enforced cpu-manager-policy
  cpu-manager-policy-options cpu-manager-reconcile-period credential-providers device-ownership-from-security-context event-burst event-qps eviction-hard
  eviction-max-pod-grace-period eviction-soft eviction-soft-grace-period hostname-override hostname-override-source ids-per-pod
  image-gc-high-threshold-percent image-gc-low-threshold-percent image-maximum-gc-age image-minimum-gc-age kube-api-burst kube-api-qps kube-reserved
  log-level max-parallel-image-pulls max-pods memory-manager-policy memory-manager-reserved-memory memory-swap-behavior node-ip node-labels node-taints
  nvidia pod-infra-container-image pod-pids-limit provider-id registry-burst registry-qps reserved-cpus seccomp-default server-certificate server-key
  server-tls-bootstrap shutdown-grace-period shutdown-grace-period-for-critical-pods single-process-oom-kill standalone-mode static-pods
  static-pods-enabled system-reserved topology-manager-policy topology-manager-policy-options topology-manager-scope`.split(
    /\s+/,
  ),
);

/** What Karpenter drops beside the keys that nobody knows, as far as it changes a verdict. Source: karpenter-provider-aws `bootstrap/bottlerocketsettings.go`. */
const unknownToKarpenter: ReadonlySet<string> = new Set([
  'hostname-override',
  'server-certificate',
  'server-key',
  'standalone-mode',
]);
