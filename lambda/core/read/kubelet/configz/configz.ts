import type { KubeletFacts, Origin, ReadFailure, SettingFact } from '../../../model/model.ts';
import { err, ok, type Result } from '../../../model/result.ts';
import { type SettingPath, type SettingValue, settingPaths, settings } from '../../../model/settings.ts';
import { ownCopy, printable } from '../../../model/text/words.ts';
import { parseCompactJson, parseJson } from '../documents/parse-json.ts';
import { isTreeMap, type RepeatedKey, type TreeMap } from '../documents/tree.ts';
import { settingFacts, settingValue, unknownFact } from '../setting-facts.ts';

/** Real answers have 3,300 characters. */
const longestBody = 256 * 1024;

/** The steps to each setting, and the one origin: thousands of nodes share them. */
const stepsOf = Object.fromEntries(settingPaths.map((path) => [path, path.split('.')])) as Record<
  SettingPath,
  string[]
>;
const running: Origin = { from: 'running' };

const groups = new Set(Object.values(stepsOf).map(([group]) => group));
const top = new Set(['kubeletconfig', 'kind', 'code', 'message']);
const isOfInterest = (key: string, depth: number): boolean =>
  depth > 1 || (depth === 0 ? top.has(key) : groups.has(key));

/**
 * The body of a 200 from `/configz`: the configuration that the kubelet runs with, already merged. A setting that is left out is zero; one that is
 * never left out but missing is unknown. Only the allow-listed settings of the body are kept. Source: kubernetes `pkg/kubelet/apis/config/v1beta1`;
 * measured on kubelets 1.29 to 1.35.
 */
export function readConfigz(body: string): Result<KubeletFacts, ReadFailure> {
  const refusal = refusalText(body);
  if (refusal !== undefined) return unreadable(refusal);

  const parsed = parseCompactJson(body, longestBody, isOfInterest) ?? parseJson(body, longestBody);
  if (!parsed.ok) return unreadable(`the kubelet's configz is not readable JSON: ${parsed.error.because}`);

  const { tree, repeatedKeys } = parsed.value;
  const config = isTreeMap(tree) ? tree.get('kubeletconfig') : undefined;
  if (isTreeMap(tree) && config === undefined && tree.get('kind') === 'Status') return unreadable(statusText(tree));
  if (!isTreeMap(config))
    return unreadable('the kubelet answered configz without its configuration (kubeletconfig is missing)');
  if (!isTreeMap(config.get('authentication'))) {
    return unreadable(
      'the kubelet answered configz without its authentication settings, which a kubelet never leaves out',
    );
  }

  return ok({ via: 'configz', settings: settingFacts((path) => readSetting(path, config, repeatedKeys)), notes: [] });
}

function readSetting(path: SettingPath, config: TreeMap, repeatedKeys: readonly RepeatedKey[]): SettingFact {
  const steps = stepsOf[path];
  const repeated = repeatedKeys.find((key) =>
    key.path.every((step, depth) => step === ['kubeletconfig', ...steps][depth]),
  );
  if (repeated !== undefined) return unknownFact(`configz holds a key of ${path} twice (${repeated.place})`);

  let group: TreeMap = config;
  for (const step of steps.slice(0, -1)) {
    const next = group.get(step);
    // featureGates is the one group that is left out when it is empty.
    if (next === undefined && step === 'featureGates') return absent(path);
    if (!isTreeMap(next)) return unknownFact(`configz has no group ${step}, which a kubelet never leaves out`);
    group = next;
  }

  const found = group.get(steps.at(-1) ?? path);
  if (found === undefined) return absent(path);

  const value = settingValue(path, found);
  return value.ok
    ? { state: 'known', value: ownValue(value.value), origin: running }
    : unknownFact(`in configz ${value.error}`);
}

const ownValue = (value: SettingValue): SettingValue => (typeof value === 'string' ? ownCopy(value) : value);

function absent(path: SettingPath): SettingFact {
  const { absentInConfigz } = settings[path];
  return absentInConfigz === 'never'
    ? unknownFact(`configz has no ${path}, which a kubelet never leaves out`)
    : { state: 'known', value: absentInConfigz, origin: running };
}

/** What `kubectl get --raw` saves when the API server refuses: its words, not a kubelet's. */
function statusText(status: TreeMap): string {
  const [code, message] = [status.get('code'), status.get('message')];
  const number = typeof code === 'number' && Number.isInteger(code) ? ` (${code})` : '';
  const said = typeof message === 'string' ? `: ${printable(message)}` : '';
  return `this is no configuration but an error of the API server, a Status${number}${said}`;
}

/** What a kubelet says when it refuses, which some tools print or save without the status of its answer. */
function refusalText(body: string): string | undefined {
  const user = /^\s*Forbidden \(user=([^,]{0,300}),/.exec(body.slice(0, 1000))?.[1];
  if (user === 'system:anonymous')
    return 'this is no configuration but the refusal of a kubelet that took its caller for system:anonymous (403): anonymous requests are on, and it ignored the certificate or token';
  if (user !== undefined)
    return `this is no configuration but the refusal of a kubelet (403): ${printable(user, 100)} may not read it`;
  return /^\s*Unauthorized\s*$/.test(body.slice(0, 100))
    ? 'this is no configuration but the refusal of a kubelet (401 Unauthorized): it accepted neither a certificate nor a token'
    : undefined;
}

const unreadable = (because: string) => err<ReadFailure>({ via: 'configz', kind: 'unreadable', because });

/** Keys whose values differ between the kubelets of one node group. No setting is about them. */
const ownKeys = ['address', 'providerID'] as const;

/** An answer without the values of those keys: the texts before, between and after them. */
type Pattern = { readonly parts: readonly string[]; readonly result: ReturnType<typeof readConfigz> };

/** So many are kept, of at most so many characters each. A real answer has 3,300. */
const mostPatterns = 32;
const longestPattern = 32 * 1024;

/**
 * `readConfigz` for the nodes of one cluster. An answer that equals an earlier one but for the node's address and id has the same facts, as the same
 * object. It is compared and not parsed.
 */
export function readAlike(): typeof readConfigz {
  const patterns: Pattern[] = [];

  return (body) => {
    const known = body.length <= longestPattern && patterns.find(({ parts }) => isMadeOf(body, parts));
    if (known) return known.result;

    const result = readConfigz(body);
    const parts = result.ok ? partsOf(body) : undefined;
    if (parts) {
      patterns.unshift({ parts, result });
      patterns.splice(mostPatterns);
    }
    return result;
  };
}

/** Only of JSON that every parser reads alike, and in which each quotation mark begins or ends a string. */
function partsOf(body: string): readonly string[] | undefined {
  if (body.includes('\\')) return undefined;
  if (!parseCompactJson(body, longestPattern, () => false)) return undefined;

  const begins = ownKeys
    .map((key) => `"${key}":"`)
    .filter((key) => body.includes(key))
    .map((key) => body.indexOf(key) + key.length)
    .toSorted((one, other) => one - other);
  const ends = begins.map((begin) => body.indexOf('"', begin));
  return [0, ...ends].map((end, index) => body.slice(end, begins[index]));
}

/** Whether it is these texts, with the rest of a string between each two of them. */
function isMadeOf(body: string, parts: readonly string[]): boolean {
  let at = 0;
  for (const [index, part] of parts.entries()) {
    // `startsWith` compares character by character, which takes twenty times as long.
    if (body.slice(at, at + part.length) !== part) return false;
    at += part.length;
    if (index === parts.length - 1) break;

    const end = body.indexOf('"', at);
    if (end < 0 || needsEscape.test(body.slice(at, end))) return false;
    at = end;
  }
  return at === body.length;
}

/** What a string of JSON has only after a backslash. */
const needsEscape = /[\u0000-\u001f\\]/;
