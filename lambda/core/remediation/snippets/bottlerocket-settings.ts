import { tomlText } from '../quote.ts';
import { type BottlerocketOption, bottlerocketOption } from '../steps/bottlerocket-option.ts';
import type { Wanted } from './wanted.ts';

/** User data of Bottlerocket, which is TOML and nothing else. */
export function bottlerocketSettings({ settings, cluster, renewsCa }: Wanted): string {
  const options = [
    ...[...settings.keys()].map((setting) => bottlerocketOption({ about: { kind: 'setting', setting } }, undefined)),
    ...(renewsCa
      ? [
          bottlerocketOption(
            { about: { kind: 'content', setting: 'authentication.x509.clientCAFile' } },
            cluster.certificate,
          ),
        ]
      : []),
  ].filter((each) => each !== undefined);
  if (options.length === 0) return '';

  const lines = new Map(options.map(({ option, value }) => [option, `${option} = ${inToml(value)}`]));
  return `[settings.kubernetes]\n${[...lines.values()].join('\n')}\n`;
}

const inToml = (value: BottlerocketOption['value']): string =>
  typeof value === 'string' ? tomlText(value) : String(value);
