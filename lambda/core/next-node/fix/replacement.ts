import { nodePlaces, wantedValue } from '../../fix/remediation/node-places.ts';
import type { NodeKind } from '../../model/model.ts';
import type { SettingPath } from '../../model/settings.ts';
import type { SettingPlace } from '../read/types.ts';

export interface ReplacementOptions {
  readonly setting: SettingPath;
  readonly kind: NodeKind;
  readonly place: SettingPlace;
  /** As it is written, quotes included. */
  readonly old: string;
  /** The key, or the whole entry, as it is written: who quotes keys writes JSON. */
  readonly entry: string;
}

const pki = nodePlaces.al2023.clientCa;

/** What Bottlerocket's settings are to be; it has no others that a control looks at. */
const bottlerocketValues: Readonly<Record<string, string>> = {
  'standalone-mode': 'false',
  'server-tls-bootstrap': 'true',
  'event-qps': '50',
};

/** What to write in the place of the old value; `undefined` where that is more than another value. */
export function replacement({ setting, kind, place, old, entry }: ReplacementOptions): string | undefined {
  if (kind === 'bottlerocket') return bottlerocketValues[place.keys?.at(-1) ?? ''];

  const wanted = wantedFor(setting, kind);
  if (place.flag !== undefined) return flagValue(setting, old, wanted);

  const isJson = /^["{]/.test(entry) || /^["{]/.test(old);
  const depth = place.keys?.length ?? 0;
  const below = setting.split('.').slice(depth);
  if (below.length > 0)
    return /^(?:null|Null|NULL|~|)$/.test(old) ? nested(below, literal(wanted, old, isJson), isJson) : undefined;
  return /^[[{&*!|>]/.test(old) ? undefined : literal(wanted, old, isJson);
}

const wantedFor = (setting: SettingPath, kind: NodeKind) =>
  wantedValue(setting, kind === 'windows' ? nodePlaces.windows.clientCa : pki);

/** In the quotes that are there. */
function literal(wanted: ReturnType<typeof wantedFor>, old: string, isJson: boolean): string {
  if (typeof wanted !== 'string') return String(wanted);
  if (old.startsWith("'")) return `'${wanted}'`;
  return isJson ? JSON.stringify(wanted) : wanted;
}

const nested = (keys: readonly string[], value: string, isJson: boolean): string =>
  keys.reduceRight((inside, key) => `{${isJson ? JSON.stringify(key) : key}: ${inside}}`, value);

/** One flag holds all gates: the others stay. */
function flagValue(setting: SettingPath, old: string, wanted: ReturnType<typeof wantedFor>): string | undefined {
  if (!setting.startsWith('featureGates.')) return String(wanted);
  const gate = setting.slice('featureGates.'.length);
  const text = old.replaceAll(/(?<=^|[,"'])(\w+)=[A-Za-z0-9]+/g, (all, name: string) =>
    name === gate ? `${name}=${wanted}` : all,
  );
  return text.includes(`${gate}=${wanted}`) ? text : undefined;
}
