import { createInterface } from 'node:readline';
import type { Terminal } from './terminal.ts';

/**
 * Asks a person on the terminal to type a word. Any other input, also its end, is a no.
 * @returns `interrupted` for Ctrl-C
 */
export function typedWord(
  question: string,
  word: string,
  { stdin, stderr }: Pick<Terminal, 'stdin' | 'stderr'>,
): Promise<'yes' | 'no' | 'interrupted'> {
  return new Promise((resolve) => {
    const lines = createInterface({ input: stdin, output: stderr });
    const answer = (given: 'yes' | 'no' | 'interrupted') => {
      resolve(given);
      lines.close();
    };
    lines.once('SIGINT', () => answer('interrupted'));
    lines.once('close', () => resolve('no'));
    lines.question(question, (text) => answer(text.trim() === word ? 'yes' : 'no'));
  });
}
