import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Table from 'cli-table3';
import type * as z from 'zod/mini';

export const benchTable = (...head: string[]): InstanceType<typeof Table> =>
  new Table({ head, style: { head: [], border: [], compact: true } });

interface Started<Said> {
  readonly said: Said;
  end(): void;
}

/** A server of this folder in a process of its own. */
export async function startServer<Shape extends z.ZodMiniType>(
  file: string,
  args: readonly number[],
  shape: Shape,
): Promise<Started<z.infer<Shape>>> {
  const child = spawn(process.execPath, [join(import.meta.dirname, file), ...args.map(String)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const end = () => void child.stdin.end();
  try {
    return { said: shape.parse(JSON.parse(await firstLine(child))), end };
  } catch (error) {
    end();
    throw error;
  }
}

/** The first line that a child says; what it says later is not heard. */
export async function firstLine(child: { readonly stdout: NodeJS.ReadableStream | null }): Promise<string> {
  let said = '';
  for await (const chunk of child.stdout ?? []) {
    said += String(chunk);
    if (said.includes('\n')) return said.slice(0, said.indexOf('\n'));
  }
  throw new Error('the process ended without an answer');
}

/** Waits until a child that was started just now has ended: with which code, and the most memory that it held, in megabytes. */
export async function endOf(child: ChildProcess): Promise<{ readonly code: unknown; readonly peakMb: number }> {
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, peakMb(child.pid));
  }, 20);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  clearInterval(watch);
  return { code, peakMb: peak };
}

/** As Linux counted it; 0 once the process has ended. */
function peakMb(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
}
