import { spawnSync } from 'node:child_process';

/** Whether this machine has the command: not every one has every shell and awk. */
export const isInstalled = (command: string): boolean => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
