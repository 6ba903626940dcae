import { releaseOf, typesOfFlags } from '../../../../contract/kubelet-facts.ts';
import { goInteger } from '../documents/go-values.ts';

/** `value` takes the next word, `bool` never does, and `unknown` may do either. */
export function typeOfFlag(name: string): 'value' | 'bool' | 'unknown' {
  const type = typesOfFlags.get(name);
  if (type === undefined) return 'unknown';
  return type === 'bool' ? 'bool' : 'value';
}

/** What is wrong with the value of a flag that is no setting of this program, as far as its type says it. */
export function valueFault(name: string, value: string): string | undefined {
  const isPair = (part: string) => part === '' || part.includes('<');
  switch (typesOfFlags.get(name)) {
    case 'integer':
      return goInteger(value) === undefined ? 'no whole number' : undefined;
    case 'ip':
      return /^[\da-fA-F.:]+$/.test(value) ? undefined : 'no IP address';
    case 'thresholds':
      return value.split(',').every(isPair) ? undefined : 'no list of thresholds';
    default:
      return undefined;
  }
}

/** Whether a kubelet of this minor version stops at such a flag. Some are those of Windows only. */
export function isUnknownTo(minor: number | undefined, name: string, onWindows = false): boolean {
  const release = releaseOf(minor);
  const flag = release?.flags.get(name);
  return release !== undefined && (flag === undefined || (flag.windows && !onWindows));
}

/** The name of a flag as the kubelet knows it. */
export const nameOf = (word: string): string =>
  word.startsWith('--') ? withoutValue(word.slice(2)).replaceAll('_', '-') : '';

/** A flag without its value, which may be a secret. */
export const withoutValue = (word: string): string => word.replace(/=.*/s, '');

/** Whether the next word may be the value of this one: it is, unless the flag is in no list. */
export const mayTakeNext = (word: string): boolean =>
  word === '-v' || (/^--[^=]+$/.test(word) && typeOfFlag(nameOf(word)) !== 'bool');

/** The words of a command line that was joined into one text. */
export interface Words {
  readonly words: readonly string[];
  /** Whether blanks inside a word and empty words survived the joining: Windows quotes them, `ps` does not. */
  readonly exact: boolean;
}

export function splitWords(line: string): Words {
  return /kubelet\.exe/i.test(line)
    ? { words: splitWindows(line), exact: true }
    : { words: line.split(/\s+/).filter((word) => word !== ''), exact: false };
}

/** Source: Microsoft C runtime, "Parsing C command-line arguments": quotes group, backslashes are special only before a quote. */
function splitWindows(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quoted = false;

  for (let at = 0; at < line.length; at += 1) {
    const char = line.charAt(at);
    if (char === '\\') {
      let end = at;
      while (line[end] === '\\') end += 1;
      const count = end - at;
      const beforeQuote = line[end] === '"';
      word =
        (word ?? '') +
        '\\'.repeat(beforeQuote ? Math.floor(count / 2) : count) +
        (beforeQuote && count % 2 === 1 ? '"' : '');
      at = beforeQuote && count % 2 === 1 ? end : end - 1;
    } else if (char === '"') {
      quoted = !quoted;
      word ??= '';
    } else if (/\s/.test(char) && !quoted) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + char;
    }
  }

  return word === undefined ? words : [...words, word];
}

/**
 * The arguments after the kubelet's own name, or `undefined` when these words start another program (csi-node-driver-registrar, kube-apiserver and
 * grep have `kubelet` on their lines too). On Windows a service host may stand in front.
 */
export function kubeletArguments(words: readonly string[]): readonly string[] | undefined {
  const [first = '', second = '', third = ''] = words;

  if (isKubelet(first)) return words.slice(1);
  if (baseName(first) === 'hyperkube' && second === 'kubelet') return words.slice(2);
  if (/^eks-windowsservicehost\.exe$/i.test(baseName(first)) && second === 'kubelet' && isKubelet(third))
    return words.slice(3);
  return undefined;
}

export const isKubelet = (program: string): boolean => /^kubelet$|^kubelet\.exe$/i.test(baseName(program));

const baseName = (program: string): string => program.replace(/^.*[\\/]/s, '');
