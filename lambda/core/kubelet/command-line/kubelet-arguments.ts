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

const isKubelet = (program: string): boolean => /^kubelet$|^kubelet\.exe$/i.test(baseName(program));

const baseName = (program: string): string => /[^\\/]*$/.exec(program)?.[0] ?? '';
