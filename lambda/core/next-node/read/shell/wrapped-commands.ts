import { anyText, type Field, hole, onlyValue, type Values } from './script-values.ts';

const none = /^$/;

/** Commands that run the one behind them: their options without and with a value, and how many operands come first. */
const wrappers: Readonly<Record<string, readonly [flags: RegExp, valued: RegExp, operands: number]>> = {
  exec: [none, none, 0],
  sudo: [/^-[EnHS]+$/, /^-[ug]$/, 0],
  nohup: [none, none, 0],
  setsid: [none, none, 0],
  nice: [/^-[nc]?\d+$/, /^-[nc]$/, 0],
  ionice: [/^-[nc]?\d+$/, /^-[nc]$/, 0],
  timeout: [/^-k\d+$|^--preserve-status$/, /^-[ks]$/, 1],
  stdbuf: [/^-[ioe]\w$/, none, 0],
  flock: [/^-[nxs]$/, /^-w$/, 1],
  command: [none, none, 0],
  'cloud-init-per': [none, none, 2],
  xargs: [/^-[r0t]+$|^-n\d+$|^-P\d+$/, /^-[nPL]$/, 0],
};

/** The command behind `sudo` and the like; empty where it runs none. */
export function unwrapped(name: string, args: readonly Field[]): readonly Field[] | undefined {
  const wrapper = Object.hasOwn(wrappers, name) ? wrappers[name] : undefined;
  if (wrapper === undefined) return undefined;
  const [flags, valued, operands] = wrapper;
  const words = args.map(onlyValue);
  if (name === 'exec' && args.length === 0) return [];
  if (name === 'command' && /^-[vV]$/.test(words[0] ?? '')) return [];
  if (name === 'sudo' && words[0]?.includes('=')) return undefined;

  let at = 0;
  for (let word = words[at]; word !== undefined && (valued.test(word) || flags.test(word)); word = words[at])
    at += valued.test(word) ? 2 : 1;
  const command = args.slice(at + operands);
  if (command.length === 0) return undefined;
  return name === 'xargs' ? [...command, { values: anyText, many: true }] : command;
}

/** What `echo` and `printf` write, where their arguments say it. */
export function textPrinted(name: string, args: readonly Field[], report: (because: string) => void): Values {
  const [options = ''] = name === 'echo' ? args.map(onlyValue).filter((each) => /^-[neE]+$/.test(each ?? '')) : [];
  const given = options === '' ? args : args.slice(1);
  if (name === 'printf' && !given[0]?.values.every((each) => /^[^-\ue124]/.test(each))) {
    report('a printf whose first word is not a text');
    return anyText;
  }
  if (given.some(({ values, many }) => many || values.length > 1)) return anyText;
  const words = given.map(({ values }) => values[0] ?? '');
  if (name === 'echo') {
    const text = words.join(' ') + (options.includes('n') ? '' : '\n');
    return [options.includes('e') ? unescaped(text) : text];
  }
  const [first = '', ...rest] = words;
  const format = unescaped(first);
  if (/%(?!s|%)/.test(format)) return anyText;
  const places = format.split('%s').length - 1;
  let at = 0;
  const rounds = Array.from({ length: Math.max(1, Math.ceil(rest.length / Math.max(places, 1))) }, () =>
    format.replaceAll('%s', () => rest[at++] ?? ''),
  );
  return [(places === 0 ? format : rounds.join('')).replaceAll('%%', '%')];
}

const unescaped = (text: string): string =>
  text.replaceAll(/\\(.?)/gs, (_, char: string) => ({ n: '\n', t: '\t', '\\': '\\' })[char] ?? hole);
