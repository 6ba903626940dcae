import { parseProbeAnswer } from '../../../../../lambda/core/read/kubelet/node/probe-answer.ts';

export const bytes = (text: string) => new TextEncoder().encode(text);
export const frame = (name: string, word: string, path: string, content = '') =>
  `${name} ${word} ${bytes(path).length} ${bytes(content).length}\n${path}\n${content}\n`;
export const parse = (text: string) => parseProbeAnswer(bytes(text));
export const errorOf = (text: string) => {
  const answer = parse(text);
  return answer.ok ? undefined : answer.error.replace("the probe's answer is malformed: ", '');
};

export const kubelet = 'kubelet 4242 1\n';
/** The head of each answer of a kubelet. */
export const start = (started = 'unknown') =>
  `${kubelet}started ${started}\n${frame('arguments', 'read', '', 'kubelet\0')}${frame('working-directory', 'absent', '')}alpha yes\n`;
/** An answer of a kubelet with so much behind its head. */
export const whole = (...parts: readonly string[]) => `${start()}${parts.join('')}done\n`;
export const read = (text: string) => {
  const answer = parse(text);
  if (!answer.ok || answer.value.outcome !== 'kubelet')
    throw new Error(answer.ok ? answer.value.outcome : answer.error);
  return answer.value;
};
