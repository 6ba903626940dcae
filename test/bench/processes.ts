import { readFileSync } from 'node:fs';

/** The most memory that a process held so far, as Linux counted it, in megabytes; 0 once it has ended. */
export function peakMb(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
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
