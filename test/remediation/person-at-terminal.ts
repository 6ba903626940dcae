import { PassThrough } from 'node:stream';
import { main } from '../../lambda/cli/main.ts';

export interface Person {
  /** Sits at a terminal, and types this when asked. */
  readonly types?: string;
  /** Sees each piece of stderr. */
  readonly sees?: (text: string) => void;
}

/** In this process: each run would load the AWS clients anew. */
export async function cli(args: readonly string[], { types, sees }: Person = {}) {
  const isTTY = types !== undefined;
  const stdin = Object.assign(new PassThrough(), { isTTY });
  const stdout = new PassThrough();
  const stderr = Object.assign(new PassThrough(), { isTTY, columns: 0 });
  let [out, told] = ['', ''];
  stdout.on('data', (text: Buffer) => {
    out += text;
  });
  stderr.on('data', (text: Buffer) => {
    told += text;
    sees?.(String(text));
    if (types !== undefined && String(text).includes('to go on: ')) stdin.write(`${types}\n`);
  });

  const code = await main(args, { stdin, stdout, stderr, env: process.env });
  return { code, stdout: out, stderr: told };
}
