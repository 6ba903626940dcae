import { expect, it } from 'vitest';
import { kubeletArguments, splitWords } from '../../../../../lambda/core/read/kubelet/command-line/known-flags.ts';

it('splits the text of ps at blanks of any kind, and knows that it lost some', () => {
  const words = ['kubelet', '--a="b', 'c"', '\\"'];
  expect(splitWords('  kubelet\t--a="b  c"  \\"\n')).toEqual({ words, exact: false });
});

// Microsoft C runtime: "Parsing C command-line arguments".
it.each([
  ['', []],
  ['  --a\t--b  ', ['--a', '--b']],
  ['"a b" c', ['a b', 'c']],
  ['"" --a', ['', '--a']],
  ['a""b', ['ab']],
  ['a" "b', ['a b']],
  ['"a\tb"', ['a\tb']],
  ['C:\\k\\c', ['C:\\k\\c']],
  ['C:\\k\\', ['C:\\k\\']],
  ['C:\\k\\ d', ['C:\\k\\', 'd']],
  ['a\\\\b c', ['a\\\\b', 'c']],
  ['\\"a b\\"', ['"a', 'b"']],
  ['"a\\"b c"', ['a"b c']],
  ['"a\\\\" b', ['a\\', 'b']],
  ['"a\\\\\\" b"', ['a\\" b']],
  ['"a\\\\\\\\" b', ['a\\\\', 'b']],
  ['"a b', ['a b']],
])('splits as Windows does: %j', (line, words) => {
  expect(splitWords(`Kubelet.EXE ${line}`)).toEqual({ words: ['Kubelet.EXE', ...words], exact: true });
});

it.each([
  ['kubelet --a --b', '--a --b'],
  ['/usr/bin/kubelet', ''],
  ['C:\\k\\Kubelet.EXE --a', '--a'],
  ['C:/k\\kubelet.exe --a', '--a'],
  ['/hyperkube kubelet --a', '--a'],
  ['C:\\k\\EKS-WindowsServiceHost.exe kubelet C:\\k\\kubelet.exe --a', '--a'],
])('finds the arguments of a kubelet: %j', (words, found) => {
  expect(kubeletArguments(words.split(' '))?.join(' ')).toBe(found);
});

it.each([
  '',
  '/bin/kubelet/',
  '/bin/kubelet.sh',
  '/bin/mykubelet',
  '/bin/my-kubelet.exe',
  'kubelet.exe.bak',
  'kubeletXexe',
  '/hyperkube kube-proxy --a',
  '/hyperkube /kubelet --a',
  '/my-hyperkube kubelet --a',
  'hyperkube/sh kubelet --a',
  'sh kubelet kubelet --a',
  'eks-windowsservicehost.exe kubelet other.exe --a',
  'eks-windowsservicehost.exe kube-proxy kubelet.exe --a',
  'my-eks-windowsservicehost.exe kubelet kubelet.exe --a',
  'eks-windowsservicehost.exe.bak kubelet kubelet.exe --a',
])('finds no kubelet in %j', (words) => {
  expect(kubeletArguments(words.split(' '))).toBeUndefined();
  expect(kubeletArguments([])).toBeUndefined();
});
