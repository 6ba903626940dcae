import { type AST, parseTOML } from 'toml-eslint-parser';
import { type MappedText, mappedText, type Run } from './mapped-text.ts';

/** What Karpenter knows of `settings.kubernetes`. Source: karpenter-provider-aws `bootstrap/bottlerocketsettings.go`. */
const known: ReadonlySet<string> = new Set([
  'api-server',
  'allowed-unsafe-sysctls',
  'cloud-provider',
  'cluster-certificate',
  'cluster-dns-ip',
  'cluster-domain',
  'cluster-name',
  'container-log-max-files',
  'container-log-max-size',
  'container-log-max-workers',
  'container-log-monitor-interval',
  'cpu-cfs-quota-enforced',
  'cpu-manager-policy',
  'cpu-manager-policy-options',
  'cpu-manager-reconcile-period',
  'credential-providers',
  'device-ownership-from-security-context',
  'event-burst',
  'event-qps',
  'eviction-hard',
  'eviction-max-pod-grace-period',
  'eviction-soft',
  'eviction-soft-grace-period',
  'hostname-override-source',
  'ids-per-pod',
  'image-gc-high-threshold-percent',
  'image-gc-low-threshold-percent',
  'kube-api-burst',
  'kube-api-qps',
  'kube-reserved',
  'log-level',
  'max-pods',
  'node-labels',
  'node-taints',
  'pod-pids-limit',
  'registry-burst',
  'registry-qps',
  'seccomp-default',
  'server-tls-bootstrap',
  'shutdown-grace-period',
  'shutdown-grace-period-for-critical-pods',
  'single-process-oom-kill',
  'static-pods',
  'system-reserved',
  'topology-manager-policy',
  'topology-manager-scope',
]);

type Range = readonly [number, number];

/**
 * Karpenter drops what it does not know of `settings.kubernetes`, `standalone-mode` too: blanks instead, so that every other character keeps its place.
 * `undefined` where an inline table holds such a setting beside others.
 */
export function withoutUnknownSettings(toml: MappedText): MappedText | undefined {
  const dropped = droppedRanges(toml.text);
  if (dropped === undefined || dropped.length === 0) return dropped && toml;

  let at = 0;
  const runs = toml.runs.map((run): Run => {
    const characters = Array.from({ length: run.text.length }, (_, index) => {
      const offset = at + index;
      const isDropped = dropped.some(([start, end]) => offset >= start && offset < end);
      return isDropped && run.text[index] !== '\n' ? ' ' : run.text.charAt(index);
    });
    at += run.text.length;
    return { ...run, text: characters.join('') };
  });
  return mappedText(runs, toml.spelling);
}

function droppedRanges(text: string): readonly Range[] | undefined {
  let tops: AST.TOMLTopLevelTable['body'];
  try {
    tops = parseTOML(text).body[0].body;
  } catch {
    // What is no TOML is refused by who reads the settings.
    return [];
  }
  const found = tops.map((node) => inTable(node, []));
  return found.includes(undefined) ? undefined : found.flatMap((ranges) => ranges ?? []);
}

function inTable(node: AST.TOMLTable | AST.TOMLKeyValue, above: readonly string[]): readonly Range[] | undefined {
  const keys = [...above, ...node.key.keys.map((key) => (key.type === 'TOMLBare' ? key.name : key.value))];
  if (keys[0] !== 'settings' || (keys.length > 1 && keys[1] !== 'kubernetes')) return [];
  if (keys.length > 2) return known.has(keys[2] ?? '') ? [] : [node.range];

  const isTable = node.type === 'TOMLTable';
  const inside = isTable ? node.body : node.value.type === 'TOMLInlineTable' ? node.value.body : [];
  const found = inside.map((entry) => inTable(entry, keys));
  if (found.includes(undefined)) return undefined;
  const ranges = found.flatMap((each) => each ?? []);
  return isTable || ranges.length === 0 ? ranges : undefined;
}
