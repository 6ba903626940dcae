import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { main } from '../../lambda/cli/main.ts';

/** What a person sees of one command at a terminal, in its order: both streams, and what is typed. */
async function seen(args: readonly string[], { types = '', interruptAt = '' } = {}): Promise<string> {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns: 120 });
  const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 0 });
  let text = '';
  for (const stream of [stdout, stderr])
    stream.on('data', (piece: Buffer) => {
      text += stripVTControlCharacters(String(piece)).replaceAll('\r', '');
      // The terminal shows what is typed.
      if (stream === stderr && String(piece).includes('to go on: ')) stdin.write(`${types}\n`);
      if (interruptAt === '' || !String(piece).includes(interruptAt)) return;
      text += '^C\n';
      process.emit('SIGINT');
    });
  const code = await main(args, { stdin, stdout, stderr, env: process.env });
  return `$ eks-kubelet-audit ${args.join(' ')}\n${text.trimEnd()}\n(exit code ${code})\n`;
}

const runIn = (text: string): string => /^run (\S+): /m.exec(text)?.[1] ?? 'none';

/** A day with one cluster: plan and change, Ctrl-C after the first node, the list of runs, the rest, and all of it undone. */
export async function recordedSession(cluster: string, state: string): Promise<string> {
  const scope = ['--controls', '3.2.3', '--group', 'web'];
  const first = await seen(['remediate', cluster, ...scope, '--apply'], {
    types: cluster,
    interruptAt: 'changing it for',
  });
  const run = runIn(first);
  const rest = [
    await seen(['remediate', '--list']),
    await seen(['remediate', cluster, '--resume', run], { types: cluster }),
    await seen(['remediate', cluster, '--undo', run], { types: cluster }),
    await seen(['remediate', '--list']),
  ];
  // What is another one each day.
  return [first, ...rest]
    .join('\n')
    .replaceAll(run, 'RUN')
    .replaceAll(state, '~/.local/state')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '2026-12-01T12:00:00Z')
    .replaceAll(/(?<=SHA-256 )[0-9a-f]{64}/g, 'ab'.repeat(32))
    .replaceAll(/\b\d+:\d\d\b(?=[,)]| to )/g, '1:10');
}
