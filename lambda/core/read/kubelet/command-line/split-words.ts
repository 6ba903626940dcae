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
